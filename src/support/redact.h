/* Personal data out of a text: phone numbers keep their last digits, names before an "@" are hidden. */
#ifndef TWILIO_REDACT_H
#define TWILIO_REDACT_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Pushes a value: one that is a phone number in any of its forms with its digits hidden, another
 * personal one as "***", the name before an "@" as "***", anything else as a text. */
void redact_push_value(lua_State *L, const char *text, size_t length, int is_personal);

/* Pushes a text, such as Twilio's message. Masked are numbers with a "+", numbers such as
 * "(555) 867-5310", ten or more digits in a row, and names before an "@". SIDs stay. */
void redact_push_text(lua_State *L, const char *text, size_t length);

/* Whether the whole text is a phone number, in any form that people write. */
int redact_is_number(const char *text, size_t length);

/* Whether the text has no blank and an "@", encoded or not, before which the name is hidden. */
int redact_has_at(const char *text, size_t length);

#pragma GCC visibility pop

#endif
