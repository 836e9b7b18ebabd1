// The details of what is chosen: a call, a message, a webhook or a request to the API.
import { $, clockText, h, keep, short } from "./dom.js";
import { badge, code, findLinked, pathOf, spent } from "./lists.js";
import { timeline } from "./timeline.js";
import { twiml } from "./twiml.js";
import { control, isLive, now, world } from "./world.js";

const fact = (name, value) => value === undefined || value === null || value === "" ? null : [h("dt", {}, name), h("dd", {}, value)];
const facts = (...list) => h("dl", { class: "facts" }, list);
const part = (key, sign, build) => ({ key, sign: String(sign), build });

const opened = new Set(); // the keys of <details> that a person has opened, or closed with "-" before them

// Returns a <details> that stays open or closed when it is drawn again.
function fold(key, open, summary, ...content) {
  const isOpen = opened.has(key) || open && !opened.has("-" + key);
  const box = h("details", { open: isOpen }, h("summary", {}, summary), content);
  box.addEventListener("toggle", () => {
    if (box.open === isOpen && !opened.has(key) && !opened.has("-" + key)) return;
    opened.delete(key);
    opened.delete("-" + key);
    opened.add(box.open ? key : "-" + key);
  });
  return box;
}

const title = (name, ...more) => h("h2", {}, h("span", { class: "grow" }, name), more);

// ---- webhooks ----

async function replay(hook, button, state) {
  button.disabled = true;
  state.textContent = "sending…";
  try {
    const again = await control("POST", `webhooks/${hook.number}/replay`, {});
    state.replaceChildren("answered ", String(again.status ?? again.error), " as ",
      h("a", { href: "#webhook-" + again.number }, "webhook " + again.number));
  } catch (problem) {
    state.textContent = problem.message;
  }
  button.disabled = false;
}

const table = (pairs) => h("table", { class: "parameters" }, h("tbody", {},
  pairs.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));

function parametersOf(hook) {
  const names = Object.keys(hook.parameters || {}).sort();
  if (!names.length) return h("p", { class: "quiet" }, "No parameters.");
  const empty = names.filter((name) => hook.parameters[name] === "");
  const pairs = names.filter((name) => hook.parameters[name] !== "").map((name) => [name, hook.parameters[name]]);
  return [table(pairs), empty.length ? h("p", { class: "empties" }, "Empty: " + empty.join(", ")) : null];
}

function answerOf(hook) {
  if (!hook.body) return h("p", { class: "quiet" }, hook.status ? "The body is empty." : "There was no answer.");
  if (/xml/.test(hook.content_type)) return h("div", { class: "answer" }, twiml(hook.body, null, []));
  return h("pre", { tabindex: 0 }, hook.body);
}

const attemptText = (attempt) => `${attempt.status ?? attempt.error ?? "no answer"} in ${attempt.milliseconds} ms`;

function hookBody(hook) {
  const state = h("span", { class: "replayed", role: "status" });
  const button = h("button", { type: "button", "aria-label": `Replay webhook ${hook.number}` }, "Replay");
  button.addEventListener("click", () => replay(hook, button, state));
  return [
    facts(
      fact("URL", h("code", {}, hook.url)), fact("Signature", h("code", {}, hook.signature ?? "")), fact("Idempotency token", h("code", {}, hook.token ?? "")),
      fact("Attempts", (hook.attempts || []).length ? hook.attempts.map(attemptText).join(", ") : "none"), fact("Error", hook.error),
      fact("Twilio's error code", hook.error_code), fact("Replay of", hook.replay_of && h("a", { href: "#webhook-" + hook.replay_of }, "webhook " + hook.replay_of))),
    h("div", { class: "row" }, button, state),
    h("h4", {}, "Answer ", hook.content_type && h("small", {}, hook.content_type)), answerOf(hook),
    h("h4", {}, "Parameters"), parametersOf(hook),
  ];
}

const hookLine = (hook) => [
  h("span", { class: "verb" }, hook.method), h("span", { class: "main" }, pathOf(hook.url)), h("span", { class: "sub" }, `${hook.kind} · ${spent(hook)} ms`), code(hook.status),
];

function hooksOf(sid) {
  const hooks = world.webhooks.filter((hook) => hook.resource_sid === sid);
  const parts = [part("hooks", hooks.length, () => h("h3", {}, "Webhooks"))];
  if (!hooks.length) parts.push(part("no hooks", "", () => h("p", { class: "quiet" }, "None so far.")));
  for (const hook of hooks) {
    parts.push(part("hook " + hook.number, hook.status, () => h("div", { class: "hook-card" }, fold("hook " + hook.number, false, hookLine(hook), hookBody(hook)))));
  }
  return parts;
}

// ---- calls ----

function documentsOf(call) {
  const last = call.documents.length - 1;
  return call.documents.map((one, index) => {
    const followed = call.heard.filter((entry) => entry.document === index && entry.path);
    const current = isLive(call) && index === last && followed.length ? followed.at(-1).path : null;
    return part("document " + index, `${current} ${followed.length} ${index === last}`, () => h("div", { class: "document" },
      fold(`${call.sid} ${index}`, index === last, [h("span", { class: "main" }, one.url ? pathOf(one.url) : "the parameter Twiml"),
        h("time", {}, clockText(one.at))], twiml(one.text, current, followed.map((entry) => entry.path)))));
  });
}

const SAID = { Say: "says", Play: "plays", Pause: "is silent for", Record: "records", Hangup: "hangs up" };

export function spoken(entry) {
  if (entry.verb === "Say") return entry.text ?? "";
  if (entry.verb === "Gather") return entry.text ?? "listens";
  return `${SAID[entry.verb] ?? entry.verb}${entry.text ? " " + entry.text : ""}`;
}

function heardPart(call) {
  return part("heard", call.heard.length, () => h("ol", { class: "heard" }, call.heard.map((entry) => h("li", { "data-verb": entry.verb },
    h("time", {}, `${entry.at - call.created} s`), h("span", { class: "verb" }, entry.verb), h("span", {}, entry.text ?? "")))));
}

function callParts(call) {
  const width = Math.max(Math.floor($("detail").clientWidth) - 34, 240);
  const time = isLive(call) ? now() : call.ended;
  const parts = [
    part("title", call.status, () => title(`${call.from} → ${call.to}`, badge(call.status))),
    part("facts", call.status + call.duration, () => facts(fact("SID", h("code", {}, call.sid)), fact("Direction", call.direction),
      fact("Duration", call.duration && `${call.duration} s`),
      fact("Parent", call.parent_call_sid && h("a", { href: "#" + call.parent_call_sid }, short(call.parent_call_sid))))),
    part("timeline", `${width} ${time} ${call.heard.length} ${call.statuses.length} ${world.webhooks.length}`, () => timeline(call, width)),
    ...call.notes.map((note, index) => part("note " + index, "", () => h("p", { class: "note" }, `${note.code}: ${note.message}`))),
    part("documents", "", () => h("h3", {}, "TwiML")),
    ...documentsOf(call),
  ];
  if (!call.documents.length) parts.push(part("no documents", "", () => h("p", { class: "quiet" }, "No document so far.")));
  parts.push(part("heard title", "", () => h("h3", {}, "What happened")), heardPart(call), ...hooksOf(call.sid));
  return parts;
}

// ---- the others ----

function messageParts(message) {
  return [
    part("title", message.status, () => title(`${message.from ?? ""} → ${message.to}`, badge(message.status))),
    part("facts", message.status, () => facts(fact("SID", h("code", {}, message.sid)), fact("Direction", message.direction), fact("Sent", clockText(message.created)))),
    part("body", "", () => h("blockquote", {}, message.body || "(no text)")),
    ...(message.documents || []).map((one, index) => part("document " + index, "", () => h("div", { class: "document" },
      fold(`${message.sid} ${index}`, true, [h("span", { class: "main" }, pathOf(one.url))], twiml(one.text, null, []))))),
    ...hooksOf(message.sid),
  ];
}

function hookParts(hook) {
  return [
    part("title", hook.status, () => title(`${hook.method} ${pathOf(hook.url)}`, code(hook.status))),
    part("of", "", () => h("p", { class: "quiet" }, `Webhook ${hook.number}, ${hook.kind}, at ${clockText(hook.now)}, ${spent(hook)} ms`,
      hook.resource_sid && [" · ", h("a", { href: "#" + hook.resource_sid }, short(hook.resource_sid))])),
    part("body", hook.status, () => h("div", {}, hookBody(hook))),
  ];
}

function requestParts(request) {
  return [
    part("title", "", () => title(`${request.method} ${request.target.split("?")[0]}`, code(request.status))),
    part("facts", "", () => facts(fact("At", clockText(request.at)), fact("Target", h("code", {}, request.target)))),
    part("body", "", () => !request.body ? h("p", { class: "quiet" }, "The request has no body.")
      : request.body.startsWith("{") ? h("pre", { tabindex: 0 }, request.body) : table([...new URLSearchParams(request.body)])),
  ];
}

const MAKERS = { call: callParts, message: messageParts, webhook: hookParts, request: requestParts };

const GUIDE = () => h("div", { class: "empty" },
  h("p", {}, "Choose a call, a message or a webhook to see its details."),
  h("ol", {}, h("li", {}, "Under ", h("b", {}, "Numbers"), ", give a number the addresses of your app."), h("li", {}, "Call the number with the phone."),
    h("li", {}, "Watch its TwiML, its webhooks and its timeline here.")));

export function drawDetail() {
  const id = location.hash.slice(1);
  const found = findLinked(id);
  const parts = found ? MAKERS[found.kind](found.item) : [part("guide", "", GUIDE)];
  keep($("detail"), parts.map((one) => ({ ...one, key: id + " " + one.key })));
}
