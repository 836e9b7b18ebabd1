# Writes the documents of the contract with Twilio's library for Python: python3 official.py CASES
# CASES is a JSON file. Prints a JSON array of { document, canonical, ours }. A document is null if the
# library does not have an element, and false if the library demands a text. `canonical` is the canonical
# form (C14N) of the document, and `ours` that of the document of the case, both as Python reads them.
import json
import re
import sys
from xml.etree.ElementTree import canonicalize

from twilio.twiml.fax_response import FaxResponse
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

ROOTS = {"voice": VoiceResponse, "messaging": MessagingResponse, "fax": FaxResponse}
RESERVED = {"from", "for", "break"}


def snake(name):
    text = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    text = re.sub("[-:]", "_", text)
    return text + "_" if text in RESERVED else text


def write(case):
    root = ROOTS[case["kind"]]()
    node = root
    for step in case["path"]:
        method = getattr(node, snake(step["element"]), None)
        if method is None:
            return None
        text = [step["text"]] if "text" in step else []
        try:
            node = method(*text, **{snake(name): value for name, value in step["attributes"]})
        except TypeError as problem:
            if "required positional argument" in str(problem):
                return False
            raise
    return str(root)


def compare(case):
    document = write(case)
    result = {"document": document, "ours": canonicalize(case["document"])}
    if document:
        result["canonical"] = canonicalize(document)
    return result


with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([compare(case) for case in json.load(file)]))
