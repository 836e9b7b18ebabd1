"""The contestant "python": Twilio's library from Debian. README.md describes the tasks."""
import os
import sys
import time

work, base_url, ca, count = (sys.argv[1:] + ["0"])[:4]

from twilio.http.http_client import TwilioHttpClient  # noqa: E402
from twilio.rest import Client  # noqa: E402

HOME = "https://api.twilio.com"


class Elsewhere(TwilioHttpClient):
    """The HTTP client of Twilio's library, which sends the requests to BASE_URL."""

    def request(self, method, url, *args, **kwargs):
        return super().request(method, base_url + url[len(HOME):], *args, **kwargs)


client = Client(http_client=Elsewhere())
if ca != "-":
    client.http_client.session.verify = ca  # this version ignores REQUESTS_CA_BUNDLE
if work == "ready":
    sys.exit()

sid = os.environ["BENCH_CALL"]


def get():
    call = client.calls(sid).fetch()
    return len(call.sid) + int(call.duration)


def create():
    call = client.calls.create(
        to="+15558675310",
        from_="+15017122661",
        url="http://foo.com/call.xml",
        method="GET",
        status_callback="http://foo.com/events?kind=call&of=bench",
        status_callback_method="POST",
        timeout=25,
        record=True,
        machine_detection="Enable",
        caller_id="+15017122661",
    )
    return len(call.sid)


def token():
    voice = VoiceGrant(incoming_allow=True, outgoing_application_sid="AP00000000000000000000000000000000")
    made = AccessToken(os.environ["TWILIO_ACCOUNT_SID"], "SK" + "0" * 32, "s" * 32, identity="alice", grants=[voice])
    return 1 if len(made.to_jwt()) > 300 else 0


def loop(step):
    for _ in range(min(int(count), 100)):
        step()
    total, start = 0, time.process_time()
    for _ in range(int(count)):
        total += step()
    print("cpu", time.process_time() - start)
    print("check", total)


def walk(look):
    total, records, start = 0, 0, time.process_time()
    for call in client.calls.stream(page_size=1000):
        records += 1
        total += look(call)
    print("cpu", time.process_time() - start)
    print("check", f"{records}:{total}")


TEXTS = (
    "sid parent_call_sid account_sid to to_formatted from_ from_formatted phone_number_sid status duration price price_unit "
    "direction answered_by api_version forwarded_from group_sid caller_name queue_time trunk_sid uri"
).split()
DATES = "date_created date_updated start_time end_time".split()


def three(call):
    return len(call.sid) + len(call.status) + int(call.duration)


def every(call):
    n = len(call.subresource_uris["notifications"])
    for name in TEXTS:
        text = getattr(call, name)
        if text is not None:
            n += len(text)
    for name in DATES:
        if getattr(call, name) is not None:
            n += 1
    return n


if work == "first":
    print("check", get())
elif work == "get":
    loop(get)
elif work == "create":
    loop(create)
elif work == "token":
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VoiceGrant
    loop(token)
elif work == "walk":
    walk(three)
elif work == "fields":
    walk(every)
else:
    sys.exit("unknown work: " + work)
