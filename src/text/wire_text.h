/* Values on their way to the wire. */
#ifndef TWILIO_WIRE_TEXT_H
#define TWILIO_WIRE_TEXT_H

#include <lua.h>
#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Percent-encodes everything but RFC 3986's unreserved characters; a text that
 * is a dot segment ("." or "..") is encoded whole, so that no server walks it. */
void wire_percent(struct buffer *out, const char *text, size_t length);

/* The number at `index` without an exponent, a needless fraction or a locale's
 * comma, in digits that read back as the same number, terminated. Returns their
 * length, 0 for NaN and infinities. */
enum { WIRE_NUMBER_SIZE = 400 };
size_t wire_number(lua_State *L, int index, char out[WIRE_NUMBER_SIZE]);

/* The snake_case of a wire name, a character at a time: `StatusCallback` →
 * status_callback, `NewMessage.Enabled` → new_message_enabled. `StartTime<` is
 * start_time_before and start_time_less_than. Returns whether `name` is it. */
int wire_is_snake_of(const char *name, const char *wire);

/* Writes the (first) snake_case name, terminated; longer ones are cut. */
void wire_snake(const char *wire, size_t length, char *out, size_t size);

/* How many bytes of the text, from its start, are well-formed UTF-8 (RFC 3629). */
size_t encode_utf8_span(const char *text, size_t length);

/* Whether the text has a byte that could split a header or a URL. */
int wire_has_control(const char *text, size_t length);

#pragma GCC visibility pop

#endif
