/* The media of recordings. */
#ifndef TWILIO_RECORD_MEDIA_H
#define TWILIO_RECORD_MEDIA_H

#include "response/record.h"

#pragma GCC visibility push(hidden)

void record_media_register(lua_State *L);

/* Whether the record belongs to a list `recordings`. */
int record_is_recording(const struct record *record);

/* recording.formats: pushes a table with the URLs of the media by format, and returns 1. Returns 0 if
 * the record has no link to media. */
int record_push_formats(lua_State *L, const struct record *record);

/* core.media(record) → the URL of the record's file; whether it is a recording, whose URL gets the
 * ending of a format; the client. Returns nil for a record without a file. Raises for another
 * value. */
int record_media(lua_State *L);

#pragma GCC visibility pop

#endif
