// Checks the signature of one webhook again and again: signature.js URL BODY CODE COUNT. BODY is a
// file. The form is decoded once, before the measurement. Prints the microseconds of CPU for one
// check, and how many checks succeeded.
const { readFileSync } = require("fs");
const { validateRequest } = require("twilio/lib/webhooks/webhooks");

const [url, path, code, count] = process.argv.slice(2);
const params = Object.fromEntries(new URLSearchParams(readFileSync(path, "utf8")));

function run(times) {
  let good = 0;
  for (let i = 0; i < times; i++) good += validateRequest("12345678901234567890123456789012", code, url, params);
  return good;
}

run(2000);
const start = process.cpuUsage();
const good = run(Number(count));
const { user, system } = process.cpuUsage(start);
console.log(`${((user + system) / count).toFixed(3)} ${good}`);
