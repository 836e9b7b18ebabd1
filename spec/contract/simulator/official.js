// Twilio's client for node against the simulator at SIMULATOR. Prints "ok NAME" or "not ok NAME: reason".
const assert = require("assert");
const http = require("http");
const twilio = require("twilio");

const base = process.env.SIMULATOR;
const SID = "AC0123456789abcdef0123456789abcdef", TOKEN = "fedcba9876543210fedcba9876543210";
const FROM = "+15017122661", TO = "+15558675310";

// Sends requests for https://PRODUCT.twilio.com to the simulator.
class Redirected extends twilio.RequestClient {
  request(options) {
    const uri = options.uri.replace(/^https:\/\/([^.\/]+)\.twilio\.com/, base + "/$1");
    return super.request({ ...options, uri });
  }
}

const client = twilio(SID, TOKEN, { httpClient: new Redirected() });

async function control(path, form) {
  const answer = await fetch(base + path, form ? { method: "POST", body: JSON.stringify(form), headers: { "Content-Type": "application/json" } } : {});
  const body = await answer.json();
  assert.strictEqual(answer.status, 200, JSON.stringify(body));
  return body;
}

// A program that Twilio calls back: answers with TwiML, and checks signatures with Twilio's own code.
function app(answers) {
  const seen = [];
  const server = http.createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => { text += chunk; });
    request.on("end", () => {
      const url = `http://127.0.0.1:${server.address().port}${request.url}`;
      const params = Object.fromEntries(new URLSearchParams(text));
      seen.push({ path: request.url, params, valid: twilio.validateRequest(TOKEN, request.headers["x-twilio-signature"], url, params) });
      response.writeHead(200, { "Content-Type": "text/xml" });
      response.end(answers[request.url.split("?")[0]] || "<Response/>");
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({
    seen, at: (path) => `http://127.0.0.1:${server.address().port}${path}`, close: () => server.close(),
  })));
}

const checks = {
  async "a message and its statuses"() {
    const callee = await app({});
    const sent = await client.messages.create({ to: TO, from: FROM, body: "Hi & bye", statusCallback: callee.at("/status?x=1") });
    assert.strictEqual(sent.status, "queued");
    await control("/_/clock", { Seconds: 5 });
    const message = await client.messages(sent.sid).fetch();
    assert.strictEqual(message.status, "delivered");
    assert.strictEqual(message.body, "Hi & bye");
    assert.deepStrictEqual(callee.seen.map((one) => one.params.MessageStatus), ["sent", "delivered"]);
    assert(callee.seen.every((one) => one.valid));
    callee.close();
  },
  async "pages"() {
    await control("/_/reset", {});
    await control("/_/seed", { Calls: 25 });
    const calls = await client.calls.list({ pageSize: 10 });
    assert.strictEqual(calls.length, 25);
    assert.strictEqual(new Set(calls.map((call) => call.sid)).size, 25);
    assert.strictEqual((await client.calls.list({ limit: 7, pageSize: 5 })).length, 7);
  },
  async "Verify"() {
    const service = await client.verify.v2.services.create({ friendlyName: "Shop" });
    await client.verify.v2.services(service.sid).verifications.create({ to: TO, channel: "sms" });
    const [{ code }] = await control("/_/verifications?To=%2B15558675310");
    const checks_of = client.verify.v2.services(service.sid).verificationChecks;
    assert.strictEqual((await checks_of.create({ to: TO, code: "000000" })).status, "pending");
    assert.strictEqual((await checks_of.create({ to: TO, code })).status, "approved");
  },
  async "a call that follows TwiML"() {
    const menu = new twilio.twiml.VoiceResponse();
    menu.gather({ numDigits: 1, action: "/menu" }).say("Press one");
    const callee = await app({ "/voice": menu.toString(), "/menu": "<Response><Say>Bye</Say></Response>" });
    const call = await client.calls.create({
      to: TO, from: FROM, url: callee.at("/voice"), statusCallback: callee.at("/status"), statusCallbackEvent: ["answered", "completed"],
    });
    await control("/_/clock", { Seconds: 3 });
    await control(`/_/calls/${call.sid}/digits`, { Digits: "1" });
    await control("/_/clock", { Seconds: 1 });
    assert.strictEqual((await client.calls(call.sid).fetch()).status, "completed");
    assert.deepStrictEqual(callee.seen.map((one) => one.path).sort(), ["/menu", "/status", "/status", "/voice"]);
    assert.strictEqual(callee.seen.find((one) => one.path === "/menu").params.Digits, "1");
    assert(callee.seen.every((one) => one.valid));
    callee.close();
  },
  async "errors"() {
    await assert.rejects(client.messages.create({ to: "+15005550001", from: FROM, body: "x" }), { status: 400, code: 21211 });
    await assert.rejects(client.calls("CA00000000000000000000000000000000").fetch(), { status: 404, code: 20404 });
    await assert.rejects(client.calls.create({ to: "+15005559429", from: FROM, url: "http://x.invalid/" }), { status: 429, code: 20429 });
  },
  async "an operation without a handler"() {
    const queue = await client.queues.create({ friendlyName: "support" });
    assert.strictEqual((await client.queues(queue.sid).fetch()).friendlyName, "support");
  },
};

(async () => {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok ${name}`);
    } catch (problem) {
      console.log(`not ok ${name}: ${problem.message}`);
    }
  }
  process.exit(0);
})();
