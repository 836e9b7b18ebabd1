"""import.py COUNT: prints the CPU seconds of `import twilio.rest`. COUNT is 1.

A process loads a module only once, so the benchmark starts a new process for each measurement.
"""
import sys
import time

start = time.process_time()
import twilio.rest  # noqa: E402

print("cpu", time.process_time() - start)
print("check", sys.argv[1] if twilio.rest.Client else 0)
