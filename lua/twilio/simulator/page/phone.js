// The phone: calls numbers of the accounts, presses digits, speaks, and sends messages.
import { $, h, keep, tabs, two } from "./dom.js";
import { spoken } from "./detail.js";
import { alertOf } from "./dialogs.js";
import { changed, control, heard, isLive, now, world } from "./world.js";

const DIGIT = /^[0-9*#]$/;
const LETTERS = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ", 0: "+" };

let sid = null; // the call of the phone
let own = []; // what the person did in the call: { after = the number of entries heard before, text }

const call = () => world.calls.get(sid);
const busy = () => call() !== undefined && isLive(call());

// Runs what a person has asked for, and shows what went wrong.
async function attempt(run) {
  try {
    const result = await run();
    alertOf(null);
    return result;
  } catch (problem) {
    alertOf(problem);
    return null;
  }
}

// ---- calls ----

async function dial() {
  if (busy()) return;
  const placed = await attempt(() => control("POST", "calls", { From: $("from").value.trim(), To: $("to").value.trim(), Wait: "false" }));
  if (!placed) return;
  follow(placed.sid);
  location.hash = placed.sid;
}

// Makes a call the call of the phone.
function follow(chosen) {
  if (sid !== chosen) own = [];
  sid = chosen;
  changed();
}

async function press(digit) {
  if (!busy()) {
    $("to").value += digit;
    return;
  }
  const key = document.querySelector(`#pad [data-digit="${digit}"]`);
  key.classList.add("pressed");
  setTimeout(() => key.classList.remove("pressed"), 150);
  const before = call().heard.length;
  const done = await attempt(() => control("POST", `calls/${sid}/digits`, { Digits: digit, Wait: "false" }));
  if (done) own.push({ after: before, text: digit });
  changed();
}

async function speak(event) {
  event.preventDefault();
  const text = $("speech").value.trim();
  if (!text || !busy()) return;
  if (DIGIT.test(text)) {
    $("speech").value = "";
    await press(text);
    return;
  }
  const before = call().heard.length;
  if (!await attempt(() => control("POST", `calls/${sid}/speech`, { Speech: text, Wait: "false" }))) return;
  own.push({ after: before, text: `“${text}”` });
  $("speech").value = "";
  changed();
}

async function hangUp() {
  if (!busy()) return;
  await attempt(() => control("POST", `calls/${sid}/hangup`, { Wait: "false" }));
}

function linesOf(shown) {
  const lines = [];
  const mine = (index) => own.filter((one) => one.after === index).forEach((one, place) => lines.push({
    key: `me ${index} ${place}`, sign: "", build: () => h("p", { class: "me" }, h("span", { class: "hidden" }, "You: "), one.text),
  }));
  shown.heard.forEach((entry, index) => {
    mine(index);
    lines.push({ key: "app " + index, sign: "", build: () => h("p", { class: entry.verb === "Say" ? "said" : "did" }, spoken(entry)) });
  });
  mine(shown.heard.length);
  return lines;
}

const STATES = { queued: "Queued", ringing: "Ringing…", "in-progress": "Connected", completed: "Call ended", busy: "Busy", failed: "Call failed", "no-answer": "No answer", canceled: "Canceled" };

// Enables the buttons that the state of the call allows. A browser takes the focus from a button that is disabled,
// so the focus moves on to the button that a person needs next.
function drawButtons() {
  const focused = document.activeElement;
  const live = busy();
  $("dial").disabled = live;
  $("hangup").disabled = $("speak").disabled = !live;
  if (live && focused === $("dial")) $("hangup").focus();
  if (!live && (focused === $("hangup") || focused === $("speak"))) $("dial").focus();
}

function drawCall() {
  const shown = call();
  $("pane-call").dataset.live = busy();
  const state = shown ? STATES[shown.status] ?? shown.status : "No call";
  if ($("call-state").textContent !== state) $("call-state").textContent = state;
  const begun = shown?.statuses.find((one) => one.status === "in-progress")?.at;
  const seconds = begun === undefined ? 0 : (busy() ? now() : shown.ended) - begun;
  $("call-time").textContent = begun === undefined ? "" : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  drawButtons();
  const log = $("transcript");
  const before = log.childElementCount;
  const parts = shown ? linesOf(shown) : [{ key: "empty", sign: "", build: () => h("p", { class: "did" }, "What your app says appears here.") }];
  keep(log, parts.map((one) => ({ ...one, key: sid + one.key })));
  if (log.childElementCount !== before) log.scrollTop = log.scrollHeight;
}

function readAloud(event) {
  if (event.type !== "verb" || event.call_sid !== sid || event.verb !== "Say" || !$("aloud").checked || world.past) return;
  window.speechSynthesis?.speak(new SpeechSynthesisUtterance(event.text));
}

// ---- messages ----

async function send(event) {
  event.preventDefault();
  const text = $("chat-text").value;
  if (!text) return;
  const sent = await attempt(() => control("POST", "messages", { From: $("from").value.trim(), To: $("to").value.trim(), Body: text, Wait: "false" }));
  if (!sent) return;
  $("chat-text").value = "";
  location.hash = sent.sid;
}

function drawChat() {
  const me = $("from").value.trim();
  const other = $("to").value.trim();
  const mine = (message) => message.from === me && message.to === other;
  const shown = [...world.messages.values()].filter((message) => mine(message) || message.from === other && message.to === me);
  const log = $("chat");
  const before = log.childElementCount;
  const parts = shown.map((message) => ({
    key: message.sid, sign: message.status, build: () => h("p", { class: mine(message) ? "me" : "said" },
      h("span", { class: "hidden" }, mine(message) ? "You: " : "The app: "), message.body || "(no text)", h("small", {}, message.status)),
  }));
  if (!parts.length) parts.push({ key: "empty", sign: "", build: () => h("p", { class: "did" }, `No messages between you and ${other || "the number"}.`) });
  keep(log, parts);
  if (log.childElementCount !== before) log.scrollTop = log.scrollHeight;
}

export function drawPhone() {
  const chosen = location.hash.slice(1);
  if (!busy() && world.calls.has(chosen) && isLive(world.calls.get(chosen))) follow(chosen);
  const numbers = world.numbers.map((number) => number.phone_number);
  if (!$("to").value && !$("to").dataset.given && numbers.length) {
    $("to").value = (world.numbers.find((number) => number.voice_url || number.sms_url) || world.numbers[0]).phone_number;
    $("to").dataset.given = "true";
  }
  keep($("numbers"), numbers.map((number) => ({ key: number, sign: "", build: () => h("option", { value: number }) })));
  drawCall();
  drawChat();
}

// ---- start ----

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(TYPING) || document.querySelector("dialog[open]") || !busy()) return;
  if (DIGIT.test(event.key)) {
    event.preventDefault();
    press(event.key);
  } else if (event.key === "Escape") {
    hangUp();
  }
}

export function startPhone() {
  for (const digit of "123456789*0#") {
    $("pad").append(h("button", { type: "button", "data-digit": digit, "aria-label": { "*": "star", "#": "pound" }[digit] ?? digit, onclick: () => press(digit) },
      digit, h("small", { "aria-hidden": "true" }, LETTERS[digit] ?? "")));
  }
  tabs(document.querySelector("#phone [role=tablist]"), (tab) => {
    $("pane-call").hidden = tab.id !== "tab-call";
    $("pane-chat").hidden = tab.id !== "tab-chat";
    for (const log of [$("chat"), $("transcript")]) log.scrollTop = log.scrollHeight;
  });
  $("dial").addEventListener("click", dial);
  $("hangup").addEventListener("click", hangUp);
  // The focus moves from Call to Hang up, so an Enter that is held down would end the call.
  document.querySelector(".hook").addEventListener("keydown", (event) => { if (event.repeat) event.preventDefault(); });
  $("speech-form").addEventListener("submit", speak);
  $("chat-form").addEventListener("submit", send);
  for (const input of [$("from"), $("to")]) {
    input.addEventListener("input", changed);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter" && !$("pane-call").hidden) dial(); });
  }
  document.addEventListener("keydown", onKey);
  heard.push(readAloud);
}
