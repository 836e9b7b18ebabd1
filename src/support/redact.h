/* Masks personal data in texts. A phone number keeps its last digits. "***" replaces the name
 * before an "@". */
#ifndef TWILIO_REDACT_H
#define TWILIO_REDACT_H

#include <lua.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

/* Pushes the masked value of a parameter. The first rule that applies decides:
 *
 * - A phone number in any notation keeps its last digits.
 * - A personal value (is_personal) becomes "***".
 * - In a value without blanks, "***" replaces everything before the last "@".
 * - Any other value is masked by redact_push_text. */
void redact_push_value(lua_State *L, const char *text, size_t length, int is_personal);

/* Pushes the masked text, such as the message of an error. SIDs are kept. These parts are masked:
 *
 * - numbers of seven or more digits after a "+"
 * - numbers such as "(555) 867-5310"
 * - ten or more digits in a row
 * - names before an "@" */
void redact_push_text(lua_State *L, const char *text, size_t length);

/* Whether the whole text is a phone number. It may contain separators, and start with a prefix such
 * as "whatsapp:". */
int redact_is_number(const char *text, size_t length);

/* Whether the text contains an "@" (or "%40") and no blank. */
int redact_has_at(const char *text, size_t length);

#pragma GCC visibility pop

#endif
