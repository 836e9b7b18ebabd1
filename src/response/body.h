/* Fields of an answer that was checked, and where the records of a list are in it. */
#ifndef TWILIO_BODY_H
#define TWILIO_BODY_H

#include <lua.h>
#include <stdint.h>

#include "request/request.h"
#include "text/json.h"

#pragma GCC visibility push(hidden)

/* Between these two calls nothing frees, wipes or replaces the answer. Almost every function of
 * Lua's C API may run a finalizer, and the finalizer may use the same request. Holds nest.
 * After an error the hold stays: then only the collector frees the answer. */
void body_hold(struct request *r);
void body_unhold(struct request *r);

/* Frees the answer: now, or when the last hold ends. */
void body_release(struct request *r);

const char *body_text(const struct request *r);

/* A field of the answer, or of its `meta`; NULL: it has none of that name. */
const struct json_field *body_field(const struct request *r, const char *name);
const struct json_field *body_meta_field(const struct request *r, const char *name);

/* How many entries of the index follow this one and lie inside its value. */
uint32_t body_inside(const struct request *r, const struct json_field *f);

/* Notes where the list's records are; returns what is wrong, or NULL. */
const char *body_find_records(lua_State *L, struct request *r);

/* Moves the cursor to record number n, counted from 1, and returns it; cheap when asked in order. */
const struct json_field *body_seek(struct request *r, uint32_t n);

#pragma GCC visibility pop

#endif
