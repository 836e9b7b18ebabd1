/* Converts values and names to the text that HTTP requests carry, the "wire" text. */
#ifndef TWILIO_WIRE_TEXT_H
#define TWILIO_WIRE_TEXT_H

#include <lua.h>
#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Percent-encodes all characters except the unreserved ones of RFC 3986. The texts "." and ".." are
 * encoded too: a server would resolve them as path segments. */
void wire_percent(struct buffer *out, const char *text, size_t length);

enum { WIRE_NUMBER_SIZE = 400 };

/* Writes the number at `index`, null-terminated, and returns the length. Lua reads the text back as
 * the same number. The text has no exponent and no fraction ".0". The decimal point is "." in every
 * locale. Returns 0 for NaN and infinities. */
size_t wire_number(lua_State *L, int index, char out[WIRE_NUMBER_SIZE]);

/* Writes the snake_case of a wire name, null-terminated. The name of `StatusCallback` is
 * status_callback, and the name of `NewMessage.Enabled` is new_message_enabled. `StartTime<` has
 * two names, start_time_before and start_time_less_than: the first one is written. tools/names.lua
 * implements the same rule. A name that does not fit into `size` bytes is truncated. */
void wire_snake(const char *wire, size_t length, char *out, size_t size);

/* Compares a name with the snake_case of a wire name that wire_snake writes. The result is that of
 * strcmp. */
int wire_compare_snake(const char *name, const char *wire);

/* Returns the length of the longest prefix that is well-formed UTF-8 (RFC 3629). */
size_t wire_utf8_span(const char *text, size_t length);

/* Whether the text contains a control character, which could split a header or a URL. */
int wire_has_control(const char *text, size_t length);

/* Whether the text has only characters of a percent-encoded URL without a fragment. */
int wire_is_url_text(const char *text, size_t length);

#pragma GCC visibility pop

#endif
