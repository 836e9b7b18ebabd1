// The dialogs: the numbers and credentials, and the faults. The alert above the phone, which may lead to a dialog.
import { $, h, keep } from "./dom.js";
import { api, control, refresh, world } from "./world.js";

function numberForm(number) {
  const state = h("span", { role: "status" });
  const field = (label, name, value) => h("label", {}, label, h("input", { type: "url", name, value, placeholder: "http://localhost:3000/…", spellcheck: "false" }));
  const form = h("form", { class: "number", "aria-label": number.phone_number }, h("h3", {}, number.phone_number),
    field("Calls ask", "VoiceUrl", number.voice_url ?? ""), field("Messages ask", "SmsUrl", number.sms_url ?? ""), h("div", { class: "row" }, h("button", {}, "Save"), state));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await api(number.account_sid, `IncomingPhoneNumbers/${number.sid}.json`, new FormData(form));
      state.textContent = "Saved.";
    } catch (problem) {
      state.textContent = problem.message;
    }
  });
  return form;
}

// ---- the alert ----

function openNumbers(number) {
  alertOf(null);
  $("setup").showModal();
  const form = [...document.querySelectorAll("#number-forms form")].find((one) => one.getAttribute("aria-label") === number);
  form?.elements.VoiceUrl.focus();
}

// Shows a problem, or hides the last one if there is none.
export function alertOf(problem) {
  const parts = problem ? [problem.message] : [];
  const number = /the number (\S+) has no VoiceUrl/.exec(problem?.message)?.[1];
  if (number) {
    parts.push(": choose ", h("button", { type: "button", onclick: () => {
      $("dial").focus(); // closing the dialog returns the focus to Call, because this button is gone then
      openNumbers(number);
    } }, "Numbers"), " and give it the address of your app.");
  }
  $("alert").replaceChildren(...parts);
  $("alert").hidden = !problem;
}

// ---- the forms ----

export function drawDialogs() {
  $("fault-count").textContent = world.faults || "";
  $("fault-count").hidden = !world.faults;
  // A form stays as a person fills it in, until the dialog opens again.
  if ($("setup").open) return;
  keep($("number-forms"), world.numbers.map((number) => ({ key: number.sid, sign: `${number.voice_url} ${number.sms_url}`, build: () => numberForm(number) })));
  const account = world.accounts.find((one) => one.sid === world.account) || world.accounts[0];
  if (account) $("credentials").textContent = `export TWILIO_ACCOUNT_SID=${account.sid}\nexport TWILIO_AUTH_TOKEN=${account.token}\nexport TWILIO_BASE_URL='${world.url}/{product}'\n\n# Lua: twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }`;
}

const failure = (status, code, message) => ({
  Status: status, Header: "Content-Type: application/json",
  Body: JSON.stringify({ code, message, more_info: "https://www.twilio.com/docs/errors/" + code, status }),
});

const FAULTS = {
  429: failure(429, 20429, "Too Many Requests"), 500: failure(500, 20500, "Internal Server Error"), 503: failure(503, 20503, "Service Unavailable"),
  slow: { Delay: 5 }, drop: { Close: "instead" }, "drop-after": { Close: "instead", Handle: "true" },
};

async function addFault(event) {
  event.preventDefault();
  const fields = { ...FAULTS[$("fault-kind").value], Times: $("fault-times").value };
  if ($("fault-path").value) fields.Path = $("fault-path").value;
  try {
    const added = await control("POST", "fault", fields);
    $("fault-state").textContent = `Added. ${added.faults} to come.`;
    await refresh();
  } catch (problem) {
    $("fault-state").textContent = problem.message;
  }
}

export function startDialogs() {
  $("open-setup").addEventListener("click", () => openNumbers());
  $("open-faults").addEventListener("click", () => {
    alertOf(null);
    $("fault-state").textContent = "";
    $("faults").showModal();
  });
  $("fault-form").addEventListener("submit", addFault);
}
