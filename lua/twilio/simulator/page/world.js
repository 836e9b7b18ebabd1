// What happens in the simulator: a snapshot, and the stream of events after it. Everything on the page is drawn
// from `world`.

const RETRY = 1000; // milliseconds between two tries to connect
const MOST = 500; // webhooks and requests that the page keeps

export const world = {};

const listeners = [];
let drawing = false;

// Calls a function with each event, after `world` has changed.
export const heard = [];

// Calls a function after changes, at most once for each frame.
export function onChange(run) { listeners.push(run); }

export function changed() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const run of listeners) run();
  });
}

function empty() {
  Object.assign(world, {
    calls: new Map(), messages: new Map(), webhooks: [], requests: [], codes: [], numbers: [], accounts: [], faults: 0, past: true,
  });
}

// Returns the time of the simulator's clock now.
export function now() {
  if (!world.tick) return world.now || 0;
  return world.now + Math.floor((performance.now() - world.readAt) / 1000 * world.tick);
}

function setNow(time) {
  if (time === undefined || time < now()) return;
  world.now = time;
  world.readAt = performance.now();
}

// ---- requests ----

// Sends a request to the control interface. Returns what it answers; raises an error with its message.
export async function control(method, path, fields) {
  const options = { method };
  if (fields) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(fields);
  }
  const answer = await fetch("/_/" + path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || `the answer is ${answer.status}`);
  return body;
}

// Sends a request to the API, as an account's program does.
export async function api(sid, path, fields) {
  const account = world.accounts.find((one) => one.sid === sid);
  const answer = await fetch(`/2010-04-01/Accounts/${sid}/${path}`, {
    method: "POST", body: new URLSearchParams(fields), headers: { Authorization: "Basic " + btoa(`${sid}:${account.token}`) },
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

// Reads the numbers, the clock and the number of faults again.
export async function refresh() {
  const state = await control("GET", "state");
  world.tick = state.tick;
  world.numbers = state.numbers || [];
  world.accounts = state.accounts || [];
  world.faults = state.faults;
  setNow(state.now);
  changed();
}

// ---- events ----

function callOf(sid) {
  let call = world.calls.get(sid);
  if (!call) {
    call = { sid, statuses: [], documents: [], heard: [], notes: [] };
    world.calls.set(sid, call);
  }
  return call;
}

function push(list, item) {
  list.push(item);
  if (list.length > MOST) list.shift();
}

const take = {
  call(event) {
    const call = Object.assign(callOf(event.call.sid), event.call);
    call.created ??= event.now;
    if (call.statuses.at(-1)?.status !== call.status) call.statuses.push({ status: call.status, at: event.now });
    if (!isLive(call)) call.ended ??= event.now;
  },
  message(event) {
    const message = world.messages.get(event.message.sid) || { created: event.now };
    world.messages.set(event.message.sid, Object.assign(message, event.message));
  },
  twiml(event) {
    const owner = event.call_sid ? callOf(event.call_sid) : world.messages.get(event.message_sid);
    if (owner) (owner.documents ??= []).push({ url: event.url, text: event.text || "", at: event.now });
  },
  verb(event) {
    const call = callOf(event.call_sid);
    call.heard.push({ verb: event.verb, text: event.text, path: event.path, at: event.now, document: call.documents.length - 1 });
  },
  webhook(event) { push(world.webhooks, event.webhook); },
  request(event) {
    push(world.requests, { id: event.id, method: event.method, target: event.target, body: event.body, status: event.status, at: event.now });
    if (!world.past) {
      if (/IncomingPhoneNumbers/.test(event.target) && event.method !== "GET") refresh();
      else if (world.faults) refresh();
    }
  },
  verification(event) {
    push(world.codes, { id: event.id, to: event.to, channel: event.channel, code: event.code, sid: event.sid, at: event.now });
  },
  notification(event) {
    if (event.call_sid) (world.calls.get(event.call_sid) || world.messages.get(event.call_sid) || {}).notes?.push(
      { code: event.error_code, message: event.message, at: event.now });
  },
  reset() {
    const { numbers, accounts, tick, last, past, faults } = world;
    empty();
    Object.assign(world, { numbers, accounts, tick, last, past, faults });
    if (!past) refresh();
  },
};

export const isLive = (call) => ["queued", "ringing", "in-progress"].includes(call.status);

function receive(message) {
  const event = JSON.parse(message.data);
  world.past = event.id <= world.last;
  if (event.type === "reset") world.now = event.now;
  setNow(event.now);
  take[event.type]?.(event);
  for (const run of heard) run(event);
  changed();
}

// Events that were dropped by the simulator are missing in the stream. The snapshot has the newest records.
function takeSnapshot(state) {
  for (const seen of state.calls || []) {
    const call = Object.assign(callOf(seen.sid), seen);
    call.heard = [];
  }
  for (const message of state.messages || []) world.messages.set(message.sid, message);
}

// Connects, and connects again whenever the connection is lost.
export async function connect(show) {
  try {
    const state = await control("GET", "state");
    empty();
    Object.assign(world, {
      numbers: state.numbers || [], accounts: state.accounts || [], account: state.default_account, tick: state.tick, now: state.now,
      readAt: performance.now(), last: state.last, url: state.url, faults: state.faults,
    });
    takeSnapshot(state);
    const source = new EventSource("/_/events?Since=0");
    for (const type of Object.keys(take).concat("clock", "conference", "queue")) source.addEventListener(type, receive);
    source.onopen = () => show(true);
    source.onerror = () => {
      source.close();
      show(false);
      setTimeout(connect, RETRY, show);
    };
    changed();
  } catch {
    show(false);
    setTimeout(connect, RETRY, show);
  }
}

empty();
