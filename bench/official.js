// The contestant "node": Twilio's library from npm. README.md describes the tasks.
"use strict";
const twilio = require("twilio");
const AccessToken = twilio.jwt.AccessToken;

const [work, baseUrl, , count] = process.argv.slice(2);
const HOME = "https://api.twilio.com";

// The HTTP client of Twilio's library, which sends the requests to baseUrl.
class Elsewhere extends twilio.RequestClient {
  request(options) {
    options.uri = baseUrl + options.uri.slice(HOME.length);
    return super.request(options);
  }
}

const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN, { httpClient: new Elsewhere() });
const sid = process.env.BENCH_CALL;

async function get() {
  const call = await client.calls(sid).fetch();
  return call.sid.length + Number(call.duration);
}

async function create() {
  const call = await client.calls.create({
    to: "+15558675310",
    from: "+15017122661",
    url: "http://foo.com/call.xml",
    method: "GET",
    statusCallback: "http://foo.com/events?kind=call&of=bench",
    statusCallbackMethod: "POST",
    timeout: 25,
    record: true,
    machineDetection: "Enable",
    callerId: "+15017122661",
  });
  return call.sid.length;
}

function token() {
  const made = new AccessToken(process.env.TWILIO_ACCOUNT_SID, "SK" + "0".repeat(32), "s".repeat(32), { identity: "alice" });
  made.addGrant(new AccessToken.VoiceGrant({ incomingAllow: true, outgoingApplicationSid: "AP00000000000000000000000000000000" }));
  return made.toJwt().length > 300 ? 1 : 0;
}

function cpuSince(start) {
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1e6;
}

async function loop(step) {
  for (let i = 0; i < Math.min(Number(count), 100); i++) await step();
  const start = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < Number(count); i++) sum += await step();
  console.log("cpu", cpuSince(start));
  console.log("check", sum);
}

async function walk(look) {
  const start = process.cpuUsage();
  let sum = 0;
  let records = 0;
  await client.calls.each({ pageSize: 1000 }, (call) => {
    records++;
    sum += look(call);
  });
  console.log("cpu", cpuSince(start));
  console.log("check", `${records}:${sum}`);
}

const TEXTS = (
  "sid parentCallSid accountSid to toFormatted from fromFormatted phoneNumberSid status duration price priceUnit " +
  "direction answeredBy apiVersion forwardedFrom groupSid callerName queueTime trunkSid uri"
).split(" ");
const DATES = "dateCreated dateUpdated startTime endTime".split(" ");

function every(call) {
  let n = call.subresourceUris.notifications.length;
  for (const name of TEXTS) {
    const text = call[name];
    if (text !== null) n += text.length;
  }
  for (const name of DATES) if (call[name] !== null) n++;
  return n;
}

const works = {
  ready: async () => {},
  first: async () => console.log("check", await get()),
  get: () => loop(get),
  create: () => loop(create),
  token: () => loop(token),
  walk: () => walk((call) => call.sid.length + call.status.length + Number(call.duration)),
  fields: () => walk(every),
};

// Connections that are kept alive would keep the process running, so it exits explicitly.
works[work]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
