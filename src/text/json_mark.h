/* Metatables of tables that were decoded from JSON. They record that a table is an array, or which
 * keys of an object were null. With this information lua/twilio/json.lua encodes the table to the
 * same JSON again. */
#ifndef TWILIO_JSON_MARK_H
#define TWILIO_JSON_MARK_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Creates the metatable of arrays in the registry. */
void json_mark_register(lua_State *L);

/* Pushes the metatable of arrays. */
void json_mark_push_array(lua_State *L);

/* Pops a key and records that this key of the table at `object` is null. Reading the key gives nil.
 * An assignment to the key, even of nil, removes the record. */
void json_mark_null(lua_State *L, int object);

/* Pushes the set of the object's null keys (key → true) and returns 1. Returns 0 and pushes nothing
 * if the object has none. */
int json_mark_push_nulls(lua_State *L, int object);

#pragma GCC visibility pop

#endif
