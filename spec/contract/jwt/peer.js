// For each case of the standard input, prints the claims of our token, which node's library has
// verified, and the token that node's library makes: node peer.js DIRECTORY < cases
const fs = require("fs")
const readline = require("readline")
const jsonwebtoken = require("jsonwebtoken")
const AccessToken = require("twilio").jwt.AccessToken
const ClientCapability = require("twilio").jwt.ClientCapability
const TaskRouterCapability = require("twilio").jwt.taskrouter.TaskRouterCapability
const util = require("twilio").jwt.taskrouter.util
const ValidationToken = require("twilio/lib/jwt/validation/ValidationToken")

const directory = process.argv[2]
const read = (name) => fs.readFileSync(`${directory}/${name}`, "utf8")
const key = read("key.pem")
const publicKey = read("public.pem")

const camel = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replace(/_(.)/g, (_, c) => c.toUpperCase()), value]))

const grants = {
  voice: (fields) => new AccessToken.VoiceGrant(camel(fields)),
  video: (fields) => new AccessToken.VideoGrant(camel(fields)),
  chat: (fields) => new AccessToken.ChatGrant(camel(fields)),
  sync: (fields) => new AccessToken.SyncGrant(camel(fields)),
  task_router: (fields) => new AccessToken.TaskRouterGrant(camel(fields)),
  playback: (fields) => new AccessToken.PlaybackGrant({ grant: fields }),
}

function accessToken(o) {
  const token = new AccessToken(o.account_sid, o.api_key, o.api_secret, camel({ identity: o.identity, ttl: o.ttl, nbf: o.nbf, region: o.region }))
  for (const [name, fields] of Object.entries(o.grants)) token.addGrant(grants[name](fields))
  return token.toJwt()
}

function clientCapability(o) {
  const token = new ClientCapability({ accountSid: o.account_sid, authToken: o.auth_token, ttl: o.ttl })
  if (o.incoming) token.addScope(new ClientCapability.IncomingClientScope(o.incoming))
  if (o.outgoing) token.addScope(new ClientCapability.OutgoingClientScope({ ...camel(o.outgoing), params: o.outgoing.params, clientName: o.incoming }))
  if (o.events) token.addScope(new ClientCapability.EventStreamScope(o.events))
  return token.toJwt()
}

// The library has only the default policies of workers and of channels. The others are made here.
function taskRouterCapability(o) {
  const channelId = o.worker_sid ?? o.task_queue_sid ?? o.workspace_sid
  const token = new TaskRouterCapability({ accountSid: o.account_sid, authToken: o.auth_token, workspaceSid: o.workspace_sid, channelId, friendlyName: channelId, ttl: o.ttl })
  const workspace = util.workspacesUrl(o.workspace_sid)
  const url = o.worker_sid ? util.workersUrl(o.workspace_sid, o.worker_sid) : o.task_queue_sid ? util.taskQueuesUrl(o.workspace_sid, o.task_queue_sid) : workspace
  const add = (method, policyUrl, postFilter) => token.addPolicy(new TaskRouterCapability.Policy({ method, url: policyUrl, postFilter, allow: true }))
  const allowed = {
    fetch_subresources: () => add("GET", url + "/**"),
    update: () => add("POST", url),
    update_subresources: () => add("POST", url + "/**"),
    delete: () => add("DELETE", url),
    delete_subresources: () => add("DELETE", url + "/**"),
    update_activities: () => add("POST", url, { ActivitySid: { required: true } }),
    update_reservations: () => {
      add("POST", util.tasksUrl(o.workspace_sid, "**"))
      add("POST", util.reservationsUrl(o.workspace_sid, o.worker_sid, "**"))
    },
  }
  for (const policy of util.defaultEventBridgePolicies(o.account_sid, channelId)) token.addPolicy(policy)
  if (o.worker_sid) for (const policy of util.defaultWorkerPolicies("v1", o.workspace_sid, o.worker_sid)) token.addPolicy(policy)
  if (!o.worker_sid) add("GET", url)
  for (const name of o.allow) allowed[name]()
  return token.toJwt()
}

function request(o) {
  const token = new ValidationToken({ accountSid: o.account_sid, credentialSid: o.credential_sid, signingKey: o.api_key, privateKey: key })
  const [url] = o.url.split("?")
  return token.fromHttpRequest({ method: o.method, url, params: o.parameters ?? undefined, data: o.body, headers: { Authorization: o.authorization } })
}

const makers = { access: accessToken, client: clientCapability, task_router: taskRouterCapability, request }

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { kind, options, token } = JSON.parse(line)
  const result = {}
  try {
    const [secret, algorithms] = kind === "request" ? [publicKey, ["RS256"]] : [options.api_secret ?? options.auth_token, ["HS256"]]
    const opened = jsonwebtoken.verify(token, secret, { algorithms, complete: true, clockTolerance: 60, ignoreNotBefore: true })
    result.header = opened.header
    result.claims = opened.payload
  } catch (error) {
    result.refusal = String(error)
  }
  try {
    result.token = makers[kind](options)
  } catch (error) {
    result.error = String(error)
  }
  console.log(JSON.stringify(result))
})
