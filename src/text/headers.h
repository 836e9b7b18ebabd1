/* Pushes the header lines of HTTP responses and requests. */
#ifndef TWILIO_HEADERS_H
#define TWILIO_HEADERS_H

#include <lua.h>
#include <stddef.h>

#include "text/header_lines.h"

#pragma GCC visibility push(hidden)

/* Adds the header of a line "Name: value" to the table on top of the stack. The key is the name in
 * lower case. A line may have libcurl's notation for request headers: "Name;" is a header with an
 * empty value. "Name:" tells libcurl to send no such header, so nothing is added. Nothing is added
 * either for any other line without a colon, or for a name of 128 bytes or more. */
void headers_push_line(lua_State *L, const char *line, size_t length);

/* Pushes a table of all headers by lower-case name. The last header with a name wins. */
void headers_push(lua_State *L, const struct buffer *head);

#pragma GCC visibility pop

#endif
