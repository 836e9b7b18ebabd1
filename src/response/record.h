/* userdata twilio.record: one JSON object of a response. Fields are decoded when they are read. */
#ifndef TWILIO_RECORD_H
#define TWILIO_RECORD_H

#include <lua.h>
#include <stdint.h>

#include "request/request.h"
#include "request/resource.h"
#include "text/json.h"

#pragma GCC visibility push(hidden)

/* Slots of the userdata's table, which all records of one response share. */
enum record_slot {
  RECORD_RESOURCE = 1, /* that the request was made on; keeps the client alive */
  RECORD_REQUEST_ID,   /* what meta() returns, each may be nil */
  RECORD_CONCURRENT,
  RECORD_STATUS,
  RECORD_ATTEMPTS,
  RECORD_RENEWED /* the fresh record whose text and fields a renewed record uses */
};

/* The fields and the text are after the struct, in memory of the userdata. A record that the
 * program keeps therefore does not keep its page. A renewed record uses the memory of a fresh one.
 * */
struct record {
  const struct resource *resource; /* that the request was made on; alive through RECORD_RESOURCE */
  struct json_field *fields;
  const char *text;
  uint32_t n_fields, length;
  int knows_hidden; /* the fields that a later field of the same name hides are marked */
};

/* Fills the table of methods on the stack's top, which is popped. */
void record_register(lua_State *L);

struct record *record_test(lua_State *L, int index); /* NULL for another value */

/* Pushes the table that the records of a response share, and creates it at the first call. The
 * request is at index 1 of the stack. */
void record_push_shared(lua_State *L, const struct request *r);

/* Pushes a record: a copy of the object at object[0], whose fields are among the next `count`
 * entries. The shared table is on the stack's top, and stays there. */
void record_push(lua_State *L, const struct resource *resource, const char *text, const struct json_field *object, uint32_t count);

/* Gives the record at `index` the content of the fresh record on the stack's top, which is popped.
 * */
void record_renew(lua_State *L, int index);

/* Pushes the resource of the record, with all its SIDs. Raises if the record has no field for a
 * SID. */
void record_push_resource(lua_State *L, int index);

#pragma GCC visibility pop

#endif
