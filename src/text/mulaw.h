/* Converts between mu-law audio (ITU-T G.711) and 16-bit linear samples. Twilio's Media Streams send
 * and receive mu-law audio with 8000 samples per second. */
#ifndef TWILIO_MULAW_H
#define TWILIO_MULAW_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.mulaw_decode(audio) → the samples as signed 16-bit integers in little-endian byte order, two
 * bytes for each byte of `audio` */
int mulaw_decode(lua_State *L);

/* core.mulaw_encode(samples) → the audio, one byte for each sample. Raises for half a sample. */
int mulaw_encode(lua_State *L);

#pragma GCC visibility pop

#endif
