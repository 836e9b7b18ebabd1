"""For each case of the standard input, prints the claims of our token, which Python's library has
verified, and the token that Python's library makes: python3 peer.py DIRECTORY < cases"""
import json
import sys
from urllib.parse import urlsplit

import jwt
from twilio.http.validation_client import ValidationPayload
from twilio.jwt.access_token import AccessToken, grants
from twilio.jwt.client import ClientCapabilityToken
from twilio.jwt.taskrouter import capabilities
from twilio.jwt.validation import ClientValidationJwt

with open(sys.argv[1] + "/key.pem") as file:
    KEY = file.read()
with open(sys.argv[1] + "/public.pem") as file:
    PUBLIC_KEY = file.read()

GRANTS = {
    "voice": lambda fields: grants.VoiceGrant(**fields),
    "video": lambda fields: grants.VideoGrant(**fields),
    "chat": lambda fields: grants.ChatGrant(**fields),
    "sync": lambda fields: grants.SyncGrant(**fields),
    "task_router": lambda fields: grants.TaskRouterGrant(**fields),
    "playback": lambda fields: grants.PlaybackGrant(fields),
}

# Names of python's options that differ from ours.
ALLOWED = {"update": "update_self", "delete": "delete_self"}


def access_token(o):
    token = AccessToken(o["account_sid"], o["api_key"], o["api_secret"], identity=o.get("identity"), nbf=o.get("nbf"), ttl=o["ttl"], region=o.get("region"))
    for name, fields in o["grants"].items():
        token.add_grant(GRANTS[name](fields))
    return token.to_jwt()


def client_capability(o):
    token = ClientCapabilityToken(o["account_sid"], o["auth_token"], nbf=None, ttl=o["ttl"])
    if "incoming" in o:
        token.allow_client_incoming(o["incoming"])
    if "outgoing" in o:
        token.allow_client_outgoing(o["outgoing"]["application_sid"], **o["outgoing"].get("params", {}))
    if "events" in o:
        token.allow_event_stream(**o["events"])
    return token.to_jwt()


def task_router_capability(o):
    allow = {"allow_" + ALLOWED.get(name, name): True for name in o["allow"]}
    common = dict(ttl=o["ttl"], nbf=None, **allow)
    first = (o["account_sid"], o["auth_token"], o["workspace_sid"])
    if "worker_sid" in o:
        return capabilities.WorkerCapabilityToken(*first, o["worker_sid"], **common).to_jwt()
    if "task_queue_sid" in o:
        return capabilities.TaskQueueCapabilityToken(*first, o["task_queue_sid"], **common).to_jwt()
    return capabilities.WorkspaceCapabilityToken(*first, **common).to_jwt()


def request(o):
    parts = urlsplit(o["url"])
    headers = {"Authorization": o["authorization"], "Host": parts.netloc}
    payload = ValidationPayload(o["method"], parts.path, parts.query, headers, ["authorization", "host"], o.get("body") or "")
    return ClientValidationJwt(o["account_sid"], o["api_key"], o["credential_sid"], KEY, payload).to_jwt()


MAKERS = {"access": access_token, "client": client_capability, "task_router": task_router_capability, "request": request}

for line in sys.stdin:
    case = json.loads(line)
    kind, options, token = case["kind"], case["options"], case["token"]
    result = {}
    try:
        secret = PUBLIC_KEY if kind == "request" else options.get("api_secret") or options["auth_token"]
        algorithms = ["RS256" if kind == "request" else "HS256"]
        result["claims"] = jwt.decode(token, secret, algorithms=algorithms, options={"verify_nbf": False})
        result["header"] = jwt.get_unverified_header(token)
    except Exception as error:
        result["refusal"] = repr(error)
    try:
        made = MAKERS[kind](options)
        result["token"] = made if isinstance(made, str) else made.decode()
    except Exception as error:
        result["error"] = repr(error)
    print(json.dumps(result))
