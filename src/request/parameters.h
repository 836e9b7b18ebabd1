/* The parameters of an operation: from a Lua table to query, form, JSON and headers. */
#ifndef TWILIO_PARAMETERS_H
#define TWILIO_PARAMETERS_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Sends the table at `params` (0: none) as the operation says, `extra` (0:
 * none) as it is; raises for unknown names, missing required ones and values
 * that cannot be sent. `given`: a stack index of a table of further values by
 * position (1…), 0: none. `page_size` > 0 is sent where the table has none. */
void parameters_add(lua_State *L, struct request *r, int params, int extra, int given, long page_size);

/* The position of the parameter of that name (wire or snake_case) in the operation's list, or -1. */
int parameters_find(uint16_t op, const char *name);

/* Appends name=value pairs of a plain table: of raw requests and of `extra`. */
void parameters_add_pairs(lua_State *L, int table, struct buffer *out);

/* Sends the Lua value at `index` as JSON. */
void parameters_add_json(lua_State *L, int index, struct buffer *out);

/* Keeps the Lua layer's encoder (a function at `index`) for values that are JSON on the wire. */
void parameters_set_encoder(lua_State *L, int index);

#pragma GCC visibility pop

#endif
