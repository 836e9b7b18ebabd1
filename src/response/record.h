/* userdata twilio.record: one object of an answer, its JSON text with an index of its fields. */
#ifndef TWILIO_RECORD_H
#define TWILIO_RECORD_H

#include <lua.h>
#include <stdint.h>

#include "request/resource.h"
#include "text/json.h"

#pragma GCC visibility push(hidden)

/* What the records of one answer share: the userdata's table. */
enum { RECORD_PLACE = 1, RECORD_REQUEST_ID, RECORD_CONCURRENT, RECORD_STATUS, RECORD_ATTEMPTS, RECORD_RENEWED };

/* The index and the text stand behind the struct, in memory that the collector
 * knows, so that one record kept never keeps a page. A renewed record borrows
 * those of a fresh one, which its table keeps alive. */
struct record {
  const struct resource *place; /* where it was asked for: alive through the table */
  struct json_field *fields;
  const char *text;
  uint32_t n_fields, length;
  int knows_hidden; /* the fields that later ones hide are marked */
};

void record_register(lua_State *L);                  /* expects the table of methods on the stack's top */
struct record *record_test(lua_State *L, int index); /* NULL when it is none */

/* Pushes a record: a copy of the object that object[0] describes, whose fields
 * follow among the `count` entries behind it. The shared table is on the stack's top and stays there. */
void record_push(lua_State *L, const struct resource *place, const char *text, const struct json_field *object, uint32_t count);

/* Gives the record at `index` the content of the fresh record on the stack's top, which is popped. */
void record_renew(lua_State *L, int index);

/* Pushes the resource of this one record: its place with all its SIDs; raises when a SID is not among its fields. */
void record_push_place(lua_State *L, int index);

#pragma GCC visibility pop

#endif
