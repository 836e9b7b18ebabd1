/* From status, headers and body to a record, a page, or an error. */
#ifndef TWILIO_RESPONSE_H
#define TWILIO_RESPONSE_H

#include <lua.h>
#include <stddef.h>

#include "request.h"

#pragma GCC visibility push(hidden)

/* Pushes the table that the records of this answer share, made once an answer; the request is at index 1. */
void response_push_shared(lua_State *L, const struct request *r);

/* Methods of a twilio.request that is done; described in response.c. */
int response_answer(lua_State *L);
int response_fail(lua_State *L);
int response_check(lua_State *L);
int response_result(lua_State *L);
int response_count(lua_State *L);
int response_record(lua_State *L);
int response_total(lua_State *L);
int response_release(lua_State *L);
int response_summary(lua_State *L);

#pragma GCC visibility pop

#endif
