"""Reads one webhook a line from the standard input. For each, prints the signature that Twilio's
client for python computes, and whether the client accepts the signature of the webhook."""
import json
import sys

from twilio.request_validator import RequestValidator


def attempt(function):
    try:
        return function()
    except Exception as error:  # the comparison counts it
        return "raised " + repr(error)


for line in sys.stdin:
    one = json.loads(line)
    validator = RequestValidator(one["token"])
    fields = dict(one["fields"])
    params = fields if one["body"] is None else one["body"]
    print(json.dumps({
        "signature": attempt(lambda: validator.compute_signature(one["signed"], fields)),
        "valid": attempt(lambda: validator.validate(one["url"], params, one["signature"])),
    }))
