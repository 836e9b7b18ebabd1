/* The body of a response: its lifetime, its fields, the records of a list, and Twilio's errors. */
#ifndef TWILIO_BODY_H
#define TWILIO_BODY_H

#include <lua.h>
#include <stdint.h>

#include "request/request.h"
#include "text/json.h"

#pragma GCC visibility push(hidden)

/* Between body_hold and body_unhold nothing frees, wipes or replaces the body. A hold is necessary
 * because almost every function of Lua's C API may run a finalizer, and the finalizer may use the
 * same request. Holds nest. If an error skips body_unhold, only the request's finalizer frees the
 * body. */
void body_hold(struct request *r);
void body_unhold(struct request *r);

/* Frees the body and its index now, or when the last hold ends. */
void body_release(struct request *r);

/* Frees the index. Must be called when the body changes, because the index refers to the old body. */
void body_drop_index(struct request *r);

const char *body_text(const struct request *r);

/* Return a field of the body, or of the object `meta` in the body; NULL if the field is absent. */
const struct json_field *body_field(const struct request *r, const char *name);
const struct json_field *body_meta_field(const struct request *r, const char *name);

/* Returns how many index entries after `field` are inside its value, nested ones included. */
uint32_t body_inside(const struct request *r, const struct json_field *field);

/* Finds the records of a list. Returns the error message, or NULL. */
const char *body_find_records(lua_State *L, struct request *r);

/* Returns element number n of the list: a record or, if the API table says so, a string. The first
 * element is number 1. Fast if n ascends from call to call. */
const struct json_field *body_seek(struct request *r, uint32_t n);

/* ---- errors ---- */

/* Indexes the body of an error. Returns 0 if the body is not a JSON object. */
int body_read_error(struct request *r);

/* Returns a field of the indexed error body, or of the object `error` in it; NULL if it is absent. */
const struct json_field *body_error_field(const struct request *r, const char *name);

/* Reads Twilio's error code. Returns 0 if the body has none. */
int body_error_code(struct request *r, long *code);

/* Reads the header Retry-After, in seconds from now. Returns 0 if it is absent. */
int body_retry_after(const struct request *r, int64_t *seconds);

#pragma GCC visibility pop

#endif
