/* Masks personal data in texts. A phone number keeps its last digits. "***" replaces the name
 * before an "@". */
#ifndef TWILIO_REDACT_H
#define TWILIO_REDACT_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Pushes the masked value of a parameter. A phone number in any notation keeps its last digits. Any
 * other value becomes "***" if is_personal is set. Otherwise the value is masked like a text. In a
 * value without blanks, "***" replaces everything before the last "@". */
void redact_push_value(lua_State *L, const char *text, size_t length, int is_personal);

/* Pushes the masked text, such as the message of an error. Numbers with a "+", numbers such as
 * "(555) 867-5310", ten or more digits in a row and names before an "@" are masked. SIDs are
 * kept. */
void redact_push_text(lua_State *L, const char *text, size_t length);

/* Whether the whole text is a phone number, with or without separators. */
int redact_is_number(const char *text, size_t length);

/* Whether the text contains an "@" (or "%40") and no blank. */
int redact_has_at(const char *text, size_t length);

#pragma GCC visibility pop

#endif
