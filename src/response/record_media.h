/* The media of recordings. */
#ifndef TWILIO_RECORD_MEDIA_H
#define TWILIO_RECORD_MEDIA_H

#include "response/record.h"

#pragma GCC visibility push(hidden)

void record_media_register(lua_State *L);

/* recording.formats: pushes a table with the URLs of the media by format, and returns 1. Returns 0 if
 * the record has no link to media. */
int record_push_formats(lua_State *L, const struct record *r);

#pragma GCC visibility pop

#endif
