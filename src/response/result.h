/* Turns status, headers and body into a record, a page or an error. */
#ifndef TWILIO_RESULT_H
#define TWILIO_RESULT_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Methods of the userdata twilio.request, described in result.c. */
int result_answer(lua_State *L);
int result_fail(lua_State *L);
int result_check(lua_State *L);
int result_result(lua_State *L);
int result_count(lua_State *L);
int result_record(lua_State *L);
int result_total(lua_State *L);
int result_release(lua_State *L);
int result_summary(lua_State *L);

/* Pushes what a transport would have returned for the last attempt: { status, headers, body }; or
 * nil, a message, and { kind, sent }. Returns the number of values. */
int result_push_answer(lua_State *L, struct request *r);

#pragma GCC visibility pop

#endif
