// Reads one webhook a line from the standard input. For each, prints the signature that Twilio's
// client for node computes, and whether the client accepts the signature of the webhook.
const { createInterface } = require("readline");
const webhooks = require("twilio/lib/webhooks/webhooks");

// The fields as a form parser of node returns them: an array for a name that occurs several times.
function params(fields) {
  const result = {};
  for (const [name, value] of fields) {
    if (!Object.hasOwn(result, name)) result[name] = value;
    else if (Array.isArray(result[name])) result[name].push(value);
    else result[name] = [result[name], value];
  }
  return result;
}

function accepts(one) {
  if (one.body === null) return webhooks.validateRequest(one.token, one.signature, one.url, params(one.fields), one.algorithm);
  return webhooks.validateRequestWithBody(one.token, one.signature, one.url, one.body, one.algorithm);
}

function attempt(f) {
  try {
    return f();
  } catch (error) {
    return `raised ${error.message}`;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const one = JSON.parse(line);
  const signature = attempt(() => webhooks.getExpectedTwilioSignature(one.token, one.signed, params(one.fields), one.algorithm));
  console.log(JSON.stringify({ signature, valid: attempt(() => accepts(one)) }));
});
