/* Header lines: those of an answer, and those that are sent. */
#ifndef TWILIO_HEADERS_H
#define TWILIO_HEADERS_H

#include <lua.h>
#include <stddef.h>

#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* The value of the first header of that name, *length bytes of it without blanks around it; NULL when it is absent. */
const char *headers_find(const struct buffer *head, const char *name, size_t *length);

/* Adds a line "Name: value" to the table on the stack's top under its lower-case
 * name; libcurl's "Name;" is one with an empty value, and its "Name:" is none, as
 * are lines without a colon. */
void headers_push_line(lua_State *L, const char *line, size_t length);

/* Pushes a table of all headers: lower-case names, the last one of a name. */
void headers_push(lua_State *L, const struct buffer *head);

#pragma GCC visibility pop

#endif
