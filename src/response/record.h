/* userdata twilio.record: one JSON object of a response. Fields are decoded when they are read. */
#ifndef TWILIO_RECORD_H
#define TWILIO_RECORD_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#include "request/request.h"
#include "request/resource.h"
#include "text/json.h"

#pragma GCC visibility push(hidden)

/* Slots of the userdata's table, which all records of one response share. */
enum record_slot {
  RECORD_RESOURCE = 1, /* the resource that the request was made on; keeps the client alive */
  RECORD_HEAD,         /* the header lines of the response: record:meta() parses them, most programs do not */
  RECORD_STATUS,       /* this slot and the next three: what record:meta() returns */
  RECORD_ATTEMPTS,
  RECORD_SECONDS, /* the duration of the last attempt, or nil with the option `transport` */
  RECORD_PENDING, /* { id, url, retry_after } of an operation that ends later, or nil */
  RECORD_RENEWED  /* the fresh record, whose text and fields the renewed record uses */
};

/* The memory of the userdata has the struct, the fields and a copy of the text. A record that the
 * program keeps therefore does not keep the page. A renewed record uses the memory of the fresh
 * record. */
struct record {
  const struct resource *resource; /* the resource of the request; kept alive by RECORD_RESOURCE */
  struct json_field *fields;
  const char *text;
  uint32_t n_fields, length;
  int knows_hidden; /* `hidden` is set in each field that a later field of the same name hides */
};

struct record *record_test(lua_State *L, int index); /* NULL for another value */

/* Returns a copy of the struct of the record at `index`. The copy is necessary because a finalizer
 * may renew the record while a field is decoded. Also pushes the record's table, which keeps the
 * copied pointers valid. */
struct record record_hold(lua_State *L, int index);

/* Pushes the table that the records of a response share, and creates it at the first call. The
 * request is at index 1 of the stack. */
void record_push_shared(lua_State *L, struct request *r);

/* Marks the record at `index` as unchanged: its meta() is that of this response with status 304. The
 * request is at index 1 of the stack. */
void record_keep(lua_State *L, struct request *r, int index);

/* Pushes a record with a copy of the JSON object at object[0]. The next `count` index entries are
 * inside this object. The shared table must be on the stack's top, and stays there. */
void record_push(lua_State *L, const struct resource *resource, const char *text, const struct json_field *object, uint32_t count);

/* Replaces the content of the record at `index` by the content of the fresh record on the stack's
 * top. Pops the fresh record. */
void record_renew(lua_State *L, int index);

/* Returns the field, or NULL. */
const struct json_field *record_find(const struct record *record, const char *name, size_t length);

/* Pushes the value of a field. Returns 0 and pushes nothing if the record does not have it. */
int record_push_field(lua_State *L, const struct record *record, const char *name, size_t length);

/* Pushes and returns the text of a string field. Pushes nil and returns NULL for other fields. */
const char *record_push_text(lua_State *L, const struct record *record, const char *name);

/* Makes the metatable of records. The table of methods on the stack's top is popped. */
void record_set_metatable(lua_State *L, const luaL_Reg *meta, lua_CFunction index);

#pragma GCC visibility pop

#endif
