// Draws the timeline of a call: its statuses, what was said and done, and its webhooks.
import { s } from "./dom.js";
import { isLive, now, world } from "./world.js";

const SIDE = 8; // free space at both sides
const ROWS = { status: 8, verbs: 42, hooks: 86, axis: 104 };
const HEIGHT = 124;
const LETTER = 6.6; // the width of a letter of a label
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

const QUIET = new Set(["Hangup", "Redirect"]); // verbs that take no time

function fitting(text, width) {
  const most = Math.floor((width - 10) / LETTER);
  if (most < 2) return "";
  return text.length <= most ? text : text.slice(0, most - 1) + "…";
}

function block(x, y, width, kind, label, title) {
  const shown = Math.max(width - 1, 2);
  return s("g", { "data-kind": kind }, s("title", {}, title), s("rect", { x, y, width: shown, height: 24, rx: 4 }),
    label && s("text", { x: x + 6, y: y + 16 }, fitting(label, shown)));
}

// Returns the intervals of things that last until the next one.
function intervals(list, end) {
  return list.map((item, index) => ({ item, from: item.at, to: index + 1 < list.length ? list[index + 1].at : end }));
}

const nameOf = (entry) => entry.text ? `${entry.verb}: ${entry.text}` : entry.verb;

function describe(call, start) {
  const statuses = call.statuses.map((one) => `${one.status} at ${one.at - start} s`);
  const verbs = call.heard.map((one) => `${nameOf(one)} at ${one.at - start} s`);
  return "Timeline. " + statuses.concat(verbs).join(". ");
}

function axis(start, end, place) {
  const span = end - start;
  const step = STEPS.find((one) => span / one <= 8) || Math.ceil(span / 8);
  const nodes = [];
  for (let time = 0; time <= span; time += step) {
    const x = place(start + time);
    nodes.push(s("line", { class: "grid", x1: x, x2: x, y1: ROWS.status, y2: ROWS.axis }));
    nodes.push(s("text", { class: "tick", x, y: ROWS.axis + 14, "text-anchor": time === 0 ? "start" : x > place(end) - 14 ? "end" : "middle" }, `${time} s`));
  }
  return nodes;
}

// Returns the picture.
// @param width its width in pixels
export function timeline(call, width) {
  const hooks = world.webhooks.filter((hook) => hook.resource_sid === call.sid);
  const start = Math.min(call.created, call.statuses[0]?.at ?? call.created);
  const end = Math.max(isLive(call) ? now() : call.ended ?? start, start + 1);
  const place = (time) => SIDE + (Math.min(time, end) - start) / (end - start) * (width - 2 * SIDE);
  const picture = s("svg", {
    class: "timeline", role: "img", "aria-label": describe(call, start), viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT,
  });
  picture.append(...axis(start, end, place));
  for (const { item, from, to } of intervals(call.statuses, end)) {
    if (from === end && to === end && call.statuses.length > 1) continue;
    picture.append(block(place(from), ROWS.status, place(to) - place(from), item.status, item.status, `${item.status}, ${to - from} s`));
  }
  for (const { item, from, to } of intervals(call.heard, end)) {
    if (QUIET.has(item.verb) || from === to) continue;
    picture.append(block(place(from), ROWS.verbs, place(to) - place(from), "verb-" + item.verb, nameOf(item), `${nameOf(item)}, ${to - from} s`));
  }
  const seen = new Map();
  for (const hook of hooks) {
    const before = seen.get(hook.now) || 0;
    seen.set(hook.now, before + 1);
    picture.append(s("g", { "data-kind": hook.error_code || hook.error ? "hook-failed" : "hook" },
      s("title", {}, `${hook.method} ${hook.url}: ${hook.status ?? hook.error ?? ""}`),
      s("circle", { cx: Math.min(place(hook.now) + 4 + before * 11, width - SIDE), cy: ROWS.hooks, r: 4 })));
  }
  return picture;
}
