/* The fields `body` and `multipart` of client:request{ … }. */
#ifndef TWILIO_UPLOAD_BODY_H
#define TWILIO_UPLOAD_BODY_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Reads `body` and `multipart` from the table at index 2 of the stack. Returns the kind of content:
 * UPLOAD_NONE if both are absent. Raises for wrong values. */
enum upload_content { UPLOAD_NONE, UPLOAD_BODY, UPLOAD_MULTIPART };
enum upload_content upload_body_read(lua_State *L, struct request *r);

/* For the option `transport`: sets `multipart` or `body_path` of the table on the stack's top. */
void upload_body_export(lua_State *L, const struct request *r);

#pragma GCC visibility pop

#endif
