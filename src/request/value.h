/* Encodes the Lua value of one parameter as form pairs, JSON or a header. */
#ifndef TWILIO_VALUE_H
#define TWILIO_VALUE_H

#include <lua.h>
#include <stddef.h>

#include "api/api.h"
#include "request/request.h"
#include "support/buffer.h"

#pragma GCC visibility push(hidden)

/* Where a value goes, and as what. */
struct value_target {
  struct buffer *out;
  const char *wire; /* Twilio's name of the parameter */
  size_t length;    /* of `wire` */
  enum api_class class;
  int is_plain; /* of a raw request or `extra`: messages show the name unchanged */
};

/* Raises "parameter 'name' why". */
void value_refuse(lua_State *L, const struct value_target *t, const char *why);

/* Appends the value at `index` as name=value pairs. Raises if the parameter does not take it. */
void value_put(lua_State *L, const struct value_target *t, int index);

/* Adds the value on the stack's top as a header. */
void value_put_header(lua_State *L, struct request *r, const struct value_target *t);

/* Replaces the value on the stack's top by its form in a JSON body. */
void value_to_json(lua_State *L, const struct value_target *t);

/* Appends the table at `table`, of a raw request or of `extra`, as name=value pairs. */
void value_add_pairs(lua_State *L, int table, struct buffer *out);

/* Appends the value at `index` as JSON. */
void value_add_json(lua_State *L, int index, struct buffer *out);

/* Copies the nulls of the decoded object at `from` to the table at `to`. */
void value_add_nulls(lua_State *L, int from, int to);

/* Keeps the Lua layer's JSON encoder, the function at `index`. */
void value_set_encoder(lua_State *L, int index);

#pragma GCC visibility pop

#endif
