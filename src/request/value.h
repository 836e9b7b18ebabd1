/* Encodes the Lua value of one parameter as form pairs, JSON or a header. */
#ifndef TWILIO_VALUE_H
#define TWILIO_VALUE_H

#include <lua.h>
#include <stddef.h>

#include "api/api.h"
#include "request/request.h"
#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* The parameter that a value belongs to, and the buffer for its pairs. */
struct value_target {
  struct buffer *out;
  const char *wire; /* Twilio's name of the parameter */
  size_t length;    /* of `wire` */
  enum api_class class;
  int is_plain; /* in a raw request or `extra`: messages show the name unchanged */
};

/* Raises "parameter 'name' why". */
void value_refuse(lua_State *L, const struct value_target *target, const char *why);

/* Appends the value at `index` as name=value pairs. Raises if the parameter does not take it. */
void value_put(lua_State *L, const struct value_target *target, int index);

/* Adds the value on the stack's top as a header. */
void value_put_header(lua_State *L, struct request *r, const struct value_target *target);

/* Checks the value on the stack's top, and converts it for a JSON body. Dates become strings, and a
 * value of an array parameter becomes a marked array. */
void value_to_json(lua_State *L, const struct value_target *target);

/* Appends the table at `table`, of a raw request or of `extra`, as name=value pairs. */
void value_add_pairs(lua_State *L, int table, struct buffer *out);

/* Appends the value at `index` as JSON. */
void value_add_json(lua_State *L, int index, struct buffer *out);

/* The table at `from` may be a decoded JSON object, in which null fields are nil. For each such
 * field that is still nil, sets a null in the table at `to`. */
void value_add_nulls(lua_State *L, int from, int to);

/* Stores the Lua layer's JSON encoder, the function at `index`. */
void value_set_encoder(lua_State *L, int index);

#pragma GCC visibility pop

#endif
