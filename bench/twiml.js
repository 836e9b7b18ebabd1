// Writes the TwiML documents of bench/twiml.lua with Twilio's library for node.
const { VoiceResponse } = require("twilio").twiml;

function document(i) {
  const r = new VoiceResponse();
  for (let n = 1; n <= 5; n++) {
    const gather = r.gather({ numDigits: 1, action: "/menu/" + (i % 10), timeout: 5 });
    gather.say({ voice: "Polly.Joanna", language: "en-US" }, "Press " + n + " for sales & service");
    r.pause({ length: n });
    r.redirect({ method: "POST" }, "/voice?step=" + n);
  }
  return r.toString();
}

const count = Number(process.argv[2]);
for (let i = 1; i <= 200; i++) document(i);
const start = process.cpuUsage();
let length = 0;
for (let i = 1; i <= count; i++) length += document(i).length;
const used = process.cpuUsage(start);
console.log("cpu", (used.user + used.system) / 1e6);
console.log("check", length);
