"""Twilio's client for python against the simulator at SIMULATOR. Prints "ok NAME" or "not ok NAME: reason"."""
import json
import os
import re
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import Gather, VoiceResponse

BASE = os.environ["SIMULATOR"]
SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
FROM, TO = "+15017122661", "+15558675310"


class Redirected(TwilioHttpClient):
    """Sends requests for https://PRODUCT.twilio.com to the simulator."""

    def request(self, method, url, *args, **kwargs):
        return super().request(method, re.sub(r"^https://([^./]+)\.twilio\.com", BASE + r"/\1", url), *args, **kwargs)


client = Client(SID, TOKEN, http_client=Redirected())


def control(path, form=None):
    data = None if form is None else json.dumps(form).encode()
    request = urllib.request.Request(BASE + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class App:
    """A program that Twilio calls back: answers with TwiML, and checks signatures with Twilio's own code."""

    def __init__(self, answers):
        self.seen = seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                params = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
                url = "http://127.0.0.1:%d%s" % (self.server.server_port, self.path)
                valid = RequestValidator(TOKEN).validate(url, params, self.headers["X-Twilio-Signature"])
                seen.append((self.path, params, valid))
                body = answers.get(self.path, "<Response/>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path):
        return "http://127.0.0.1:%d%s" % (self.server.server_port, path)


def message_and_statuses():
    app = App({})
    sent = client.messages.create(to=TO, from_=FROM, body="Hi & bye", status_callback=app.at("/status"))
    assert sent.status == "queued", sent.status
    control("/_/clock", {"Seconds": 5})
    message = client.messages(sent.sid).fetch()
    assert (message.status, message.body) == ("delivered", "Hi & bye"), message.status
    assert [params["MessageStatus"] for _, params, _ in app.seen] == ["sent", "delivered"], app.seen
    assert all(valid for _, _, valid in app.seen), app.seen


def pages():
    control("/_/reset", {})
    control("/_/seed", {"Calls": 25})
    calls = client.calls.list(page_size=10)
    assert len({call.sid for call in calls}) == 25, len(calls)
    assert len(client.calls.list(limit=7, page_size=5)) == 7


def verify():
    service = client.verify.v2.services.create(friendly_name="Shop")
    here = client.verify.v2.services(service.sid)
    here.verifications.create(to=TO, channel="sms")
    code = control("/_/verifications?To=%2B15558675310")[0]["code"]
    assert here.verification_checks.create(to=TO, code="000000").status == "pending"
    assert here.verification_checks.create(to=TO, code=code).status == "approved"


def call_that_follows_twiml():
    menu = VoiceResponse()
    gather = Gather(num_digits=1, action="/menu")
    gather.say("Press one")
    menu.append(gather)
    app = App({"/voice": str(menu), "/menu": "<Response><Say>Bye</Say></Response>"})
    call = client.calls.create(
        to=TO, from_=FROM, url=app.at("/voice"), status_callback=app.at("/status"), status_callback_event=["answered", "completed"])
    control("/_/clock", {"Seconds": 3})
    control("/_/calls/%s/digits" % call.sid, {"Digits": "1"})
    control("/_/clock", {"Seconds": 1})
    assert client.calls(call.sid).fetch().status == "completed"
    assert sorted(path for path, _, _ in app.seen) == ["/menu", "/status", "/status", "/voice"], app.seen
    assert [params["Digits"] for path, params, _ in app.seen if path == "/menu"] == ["1"], app.seen
    assert all(valid for _, _, valid in app.seen), app.seen


def errors():
    def code_of(make):
        try:
            make()
        except TwilioRestException as problem:
            return problem.status, problem.code
        return None

    assert code_of(lambda: client.messages.create(to="+15005550001", from_=FROM, body="x")) == (400, 21211)
    assert code_of(lambda: client.calls("CA" + "0" * 32).fetch()) == (404, 20404)
    assert code_of(lambda: client.calls.create(to="+15005559429", from_=FROM, url="http://x.invalid/")) == (429, 20429)


def operation_without_handler():
    queue = client.queues.create(friendly_name="support")
    assert client.queues(queue.sid).fetch().friendly_name == "support"


for check in (message_and_statuses, pages, verify, call_that_follows_twiml, errors, operation_without_handler):
    try:
        check()
        print("ok", check.__name__)
    except Exception as problem:  # every failure is reported, and the others run
        print("not ok %s: %r" % (check.__name__, problem))
