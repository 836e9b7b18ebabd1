// The lists of calls, messages, webhooks, requests and codes.
import { $, clockText, h, keep, tabs } from "./dom.js";
import { world } from "./world.js";

const SHOWN = 200;

let chosen = "calls";

export const badge = (status) => h("span", { class: "badge", "data-status": status ?? "none" }, String(status ?? "—"));

// The status of a webhook or request, as a word for its colour
export function grade(status) {
  if (!status) return "failed";
  return status < 400 ? "ok" : "failed";
}

export const code = (status) => h("span", { class: "badge", "data-status": grade(status) }, String(status ?? "no answer"));

export function pathOf(url) {
  const match = /^[a-z]+:\/\/[^/]*(\/[^?#]*)?/.exec(url || "");
  return match ? match[1] || "/" : url || "";
}

const arrow = (direction) => h("span", { class: "arrow", role: "img", "aria-label": direction === "inbound" ? "inbound" : "outbound" },
  direction === "inbound" ? "↓" : "↑");

// Each kind of list: the items, and for each of them the link, what it shows, and a text that changes with it
const KINDS = {
  calls: {
    empty: ["No calls yet.", "Call a number with the phone, or let your program place a call."],
    items: () => [...world.calls.values()],
    link: (call) => call.sid,
    sign: (call) => call.status,
    row: (call) => [
      arrow(call.direction), h("span", { class: "main" }, call.direction === "inbound" ? call.from : call.to),
      badge(call.status), h("span", { class: "sub" }, `${call.direction === "inbound" ? "to " + call.to : "from " + call.from}`),
      h("time", {}, clockText(call.created)),
    ],
  },
  messages: {
    empty: ["No messages yet.", "Send one with the phone, or let your program send one."],
    items: () => [...world.messages.values()],
    link: (message) => message.sid,
    sign: (message) => message.status,
    row: (message) => [
      arrow(message.direction), h("span", { class: "main" }, message.body || "(no text)"), badge(message.status),
      h("span", { class: "sub" }, `${message.from ?? ""} → ${message.to}`), h("time", {}, clockText(message.created)),
    ],
  },
  webhooks: {
    empty: ["No webhooks yet.", "The simulator sends them to your program when a call or a message needs an answer."],
    items: () => world.webhooks,
    link: (hook) => "webhook-" + hook.number,
    sign: (hook) => hook.status,
    row: (hook) => [
      h("span", { class: "verb" }, hook.method), h("span", { class: "main" }, pathOf(hook.url)), code(hook.status),
      h("span", { class: "sub" }, `${hook.kind}${hook.replay_of ? " · replay of " + hook.replay_of : ""} · ${spent(hook)} ms`),
      h("time", {}, clockText(hook.now)),
    ],
  },
  requests: {
    empty: ["No requests yet.", "Point your program at the simulator: see the credentials under Numbers."],
    items: () => world.requests,
    link: (request) => "request-" + request.id,
    sign: () => "",
    row: (request) => [
      h("span", { class: "verb" }, request.method), h("span", { class: "main" }, request.target.replace(/^\/2010-04-01\/Accounts\/\w+/, "…")),
      code(request.status), h("span", { class: "sub" }, request.body ? `${request.body.length} bytes` : "no body"),
      h("time", {}, clockText(request.at)),
    ],
  },
  codes: {
    empty: ["No verifications yet.", "The codes that Verify would send appear here."],
    items: () => world.codes,
    link: () => null,
    sign: () => "",
    row: (one) => [
      h("span", { class: "verb" }, one.channel ?? ""), h("span", { class: "main code" }, one.code ?? ""), h("span", {}),
      h("span", { class: "sub" }, "to " + one.to), h("time", {}, clockText(one.at)),
    ],
  },
};

export const spent = (hook) => (hook.attempts || []).reduce((sum, attempt) => sum + (attempt.milliseconds || 0), 0);

export function findLinked(id) {
  if (world.calls.has(id)) return { kind: "call", item: world.calls.get(id) };
  if (world.messages.has(id)) return { kind: "message", item: world.messages.get(id) };
  const hook = world.webhooks.find((one) => "webhook-" + one.number === id);
  if (hook) return { kind: "webhook", item: hook };
  const request = world.requests.find((one) => "request-" + one.id === id);
  return request ? { kind: "request", item: request } : null;
}

function rowOf(kind, item, link, current) {
  const content = kind.row(item);
  if (!link) return h("div", { class: "item" }, content);
  return h("a", { class: "item", href: "#" + link, "aria-current": current ? "true" : null }, content);
}

export function drawLists() {
  for (const tab of document.querySelectorAll("[data-list]")) {
    const count = KINDS[tab.dataset.list].items().length;
    tab.lastElementChild.textContent = count || "";
  }
  const kind = KINDS[chosen];
  const items = kind.items().slice(-SHOWN).reverse();
  const current = location.hash.slice(1);
  const parts = items.map((item) => {
    const link = kind.link(item);
    return {
      key: chosen + (link || item.id), sign: `${kind.sign(item)} ${link === current}`, build: () => rowOf(kind, item, link, link === current),
    };
  });
  if (!parts.length) {
    parts.push({
      key: "empty " + chosen, sign: "", build: () => h("div", { class: "empty" }, h("p", {}, kind.empty[0]), h("p", {}, kind.empty[1])),
    });
  }
  keep($("list"), parts);
}

export function startLists() {
  tabs(document.querySelector(".activity [role=tablist]"), (tab) => {
    chosen = tab.dataset.list;
    $("list").setAttribute("aria-labelledby", tab.id);
    drawLists();
  });
  // A new row under the focus takes its place: keep() replaces the row when it becomes the current one.
  $("list").addEventListener("click", (event) => {
    const link = event.target.closest("a")?.getAttribute("href");
    if (link) requestAnimationFrame(() => requestAnimationFrame(() => $("list").querySelector(`a[href="${link}"]`)?.focus()));
  });
}
