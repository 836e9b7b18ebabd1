// Starts the page: draws it when something has changed, and runs its head with the clock and the theme.
import { $, clockText } from "./dom.js";
import { drawDetail } from "./detail.js";
import { drawDialogs, startDialogs } from "./dialogs.js";
import { drawLists, startLists } from "./lists.js";
import { drawPhone, startPhone } from "./phone.js";
import { changed, connect, control, isLive, now, onChange, world } from "./world.js";

// ---- the theme ----

const THEMES = ["auto", "light", "dark"];

function remembered() {
  try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
}

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $("theme").textContent = { auto: "Auto", light: "Light", dark: "Dark" }[theme];
  $("theme").setAttribute("aria-label", `Theme: ${theme}`);
  $("theme").dataset.now = theme;
  try { localStorage.setItem("theme", theme); } catch { /* the browser keeps nothing, so the choice lasts for this page */ }
}

function startTheme() {
  setTheme(remembered());
  $("theme").addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf($("theme").dataset.now) + 1) % THEMES.length]));
}

// ---- the clock ----

function drawClock() {
  $("clock").textContent = clockText(now());
  $("clock-mode").textContent = !world.tick ? "stands still" : world.tick === 1 ? "" : `× ${world.tick}`;
  $("clock-buttons").hidden = Boolean(world.tick);
}

async function moveClock(event) {
  const seconds = event.target.dataset.seconds;
  if (!seconds) return;
  const moved = await control("POST", "clock", { Seconds: seconds });
  if (moved.now > now()) Object.assign(world, { now: moved.now, readAt: performance.now() });
  changed();
}

function everySecond() {
  if (world.tick) {
    drawClock();
    if ([...world.calls.values()].some(isLive)) changed();
  }
}

// ---- start ----

let isOpen; // undefined before the first connection

function showConnection(open) {
  isOpen = open;
  changed();
}

// Runs after the other functions that draw. When the page says "connected", it shows what it has received, such as
// the number to call.
function drawConnection() {
  if (isOpen === undefined) return;
  const state = isOpen ? "open" : "lost";
  if ($("connection").dataset.state === state) return;
  $("connection").dataset.state = state;
  $("connection").textContent = isOpen ? "connected" : "not connected";
}

startTheme();
startLists();
startPhone();
startDialogs();
for (const draw of [drawClock, drawLists, drawDetail, drawPhone, drawDialogs, drawConnection]) onChange(draw);
$("clock-buttons").addEventListener("click", moveClock);
$("reset").addEventListener("click", () => {
  if (confirm("Forget all calls, messages and settings of the simulator?")) control("POST", "reset", {});
});
addEventListener("hashchange", changed);
addEventListener("resize", changed);
setInterval(everySecond, 1000);
connect(showConnection);
