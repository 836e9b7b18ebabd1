"""import.py COUNT: what `import twilio` costs, once, for a module is read once a process: seconds of CPU."""
import sys
import time

start = time.process_time()
import twilio.rest  # noqa: E402

print("cpu", time.process_time() - start)
print("check", sys.argv[1] if twilio.rest.Client else 0)
