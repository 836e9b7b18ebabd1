"""Checks the signature of one webhook again and again: signature.py URL BODY CODE COUNT. BODY is a
file. The form is decoded once, before the measurement. Prints the microseconds of CPU for one check,
and how many checks succeeded."""
import sys
import time
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

url, path, code, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
with open(path) as file:
    params = dict(parse_qsl(file.read(), keep_blank_values=True))
validator = RequestValidator("12345678901234567890123456789012")


def run(times):
    return sum(validator.validate(url, params, code) for _ in range(times))


run(100)
start = time.process_time()
good = run(count)
print("%.3f %d" % ((time.process_time() - start) / count * 1e6, good))
