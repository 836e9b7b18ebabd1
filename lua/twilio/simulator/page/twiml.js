// Shows a TwiML document with the verb that is followed now.
import { h } from "./dom.js";

const attributesOf = (element) => [...element.attributes].flatMap((attribute) => [
  " ", h("span", { class: "t-name" }, attribute.name), "=", h("span", { class: "t-value" }, JSON.stringify(attribute.value)),
]);

// Adds the lines of an element. `path` has the places of the element and its parents among the elements.
function addLines(lines, element, depth, path, state) {
  const children = [...element.children];
  const text = [...element.childNodes].filter((node) => node.nodeType !== 1 && node.nodeType !== 8)
    .map((node) => node.nodeValue).join("").replace(/\s+/g, " ").trim();
  const key = path.join(".");
  const properties = {
    class: "t-line", "data-depth": Math.min(depth, 4),
    "data-state": key && key === state.current ? "current" : state.done.has(key) ? "done" : null,
    "aria-current": key && key === state.current ? "step" : null,
  };
  const name = () => h("span", { class: "t-verb" }, element.tagName);
  if (!children.length) {
    const end = text ? [">", h("span", { class: "t-text" }, text), "</", name(), ">"] : ["/>"];
    lines.push(h("div", properties, "<", name(), attributesOf(element), end));
    return;
  }
  lines.push(h("div", properties, "<", name(), attributesOf(element), ">", text && h("span", { class: "t-text" }, text)));
  children.forEach((child, index) => addLines(lines, child, depth + 1, [...path, index + 1], state));
  lines.push(h("div", { class: "t-line", "data-depth": Math.min(depth, 4) }, "</", name(), ">"));
}

// Returns the lines of a document.
// @param current the path of the verb that is followed now, such as [2, 1]; null if none is
// @param done the paths of the verbs that were followed
export function twiml(text, current, done) {
  const parsed = new DOMParser().parseFromString(text.trim(), "text/xml");
  const box = h("div", { class: "twiml", role: "group", "aria-label": "TwiML document" });
  if (parsed.querySelector("parsererror")) {
    box.append(h("pre", {}, text));
    return box;
  }
  const lines = [];
  const state = { current: current ? current.join(".") : null, done: new Set(done.map((path) => path.join("."))) };
  addLines(lines, parsed.documentElement, 0, [], state);
  box.append(...lines);
  return box;
}
