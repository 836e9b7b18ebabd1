// Builds the nodes of the page. All text becomes text nodes, so no text from outside is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
}

// Returns an element. A property whose name starts with "on" is a listener; the others are attributes.
export function h(name, properties, ...children) {
  return fill(document.createElement(name), properties, children);
}

// Returns an element of SVG.
export function s(name, properties, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

export const $ = (id) => document.getElementById(id);

// Makes the children of a node those that `parts` describes: { key, sign, build }. A child whose `sign` is the
// same as before stays as it is, with its focus, its selection and its scroll position.
export function keep(node, parts) {
  const known = node.kept || new Map();
  const kept = new Map();
  let place = node.firstChild;
  for (const { key, sign, build } of parts) {
    const old = known.get(key);
    const child = old && old.sign === sign ? old.child : build();
    kept.set(key, { sign, child });
    if (child !== place) node.insertBefore(child, place);
    else place = place.nextSibling;
  }
  const wanted = new Set([...kept.values()].map((entry) => entry.child));
  for (const child of [...node.childNodes]) if (!wanted.has(child)) child.remove();
  node.kept = kept;
}

// Makes the buttons of a tablist work: clicks, arrow keys, Home and End.
export function tabs(list, choose) {
  const buttons = [...list.querySelectorAll("[role=tab]")];
  function select(button, focus) {
    for (const other of buttons) {
      other.setAttribute("aria-selected", other === button);
      other.tabIndex = other === button ? 0 : -1;
    }
    if (focus) button.focus();
    choose(button);
  }
  for (const [index, button] of buttons.entries()) {
    button.addEventListener("click", () => select(button));
    button.addEventListener("keydown", (event) => {
      const last = buttons.length - 1;
      const next = { ArrowRight: index < last ? index + 1 : 0, ArrowLeft: index > 0 ? index - 1 : last, Home: 0, End: last }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      select(buttons[next], true);
    });
  }
  return select;
}

export const two = (number) => String(number).padStart(2, "0");

// Returns a time of the simulator's clock, in UTC.
export function clockText(seconds) {
  const date = new Date(seconds * 1000);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

export const short = (sid) => sid ? `${sid.slice(0, 2)}…${sid.slice(-6)}` : "";
