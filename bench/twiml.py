# Writes the TwiML documents of bench/twiml.lua with Twilio's library for Python.
import sys
import time

from twilio.twiml.voice_response import VoiceResponse


def document(i):
    r = VoiceResponse()
    for n in range(1, 6):
        gather = r.gather(num_digits=1, action="/menu/%d" % (i % 10), timeout=5)
        gather.say("Press %d for sales & service" % n, voice="Polly.Joanna", language="en-US")
        r.pause(length=n)
        r.redirect("/voice?step=%d" % n, method="POST")
    return str(r)


count = int(sys.argv[1])
for i in range(1, 201):
    document(i)
length, start = 0, time.process_time()
for i in range(1, count + 1):
    length += len(document(i))
print("cpu", time.process_time() - start)
print("check", length)
