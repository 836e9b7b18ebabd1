/* The body of a response: its lifetime, its fields, the records of a list, and errors of Twilio. */
#ifndef TWILIO_BODY_H
#define TWILIO_BODY_H

#include <lua.h>
#include <stdint.h>

#include "request/request.h"
#include "text/json.h"

#pragma GCC visibility push(hidden)

/* Between these two calls nothing frees, wipes or replaces the body. Almost every function of Lua's
 * C API may run a finalizer, and the finalizer may use the same request. Holds nest. If an error
 * leaves a hold behind, only the request's finalizer frees the body. */
void body_hold(struct request *r);
void body_unhold(struct request *r);

/* Frees the body and its index, or lets the last hold free them. */
void body_release(struct request *r);

/* Frees the index, for a body that was or will be replaced. */
void body_drop_index(struct request *r);

const char *body_text(const struct request *r);

/* A field of the body, or of its object `meta`; NULL if it is absent. */
const struct json_field *body_field(const struct request *r, const char *name);
const struct json_field *body_meta_field(const struct request *r, const char *name);

/* The number of index entries inside the value of this entry. They follow the entry. */
uint32_t body_inside(const struct request *r, const struct json_field *f);

/* Finds the records of a list. Returns the error message, or NULL. */
const char *body_find_records(lua_State *L, struct request *r);

/* The record number n, counted from 1. Cheap if records are asked for in ascending order. */
const struct json_field *body_seek(struct request *r, uint32_t n);

/* ---- errors ---- */

/* Indexes the body of an error. Returns 0 if the body is not a JSON object. */
int body_read_error(struct request *r);

/* A field of the indexed error body, or of its object `error`; NULL if it is absent. */
const struct json_field *body_error_field(const struct request *r, const char *name);

/* Reads Twilio's error code. Returns 0 if the body has none. */
int body_error_code(struct request *r, long *code);

/* Reads the header Retry-After, in seconds from now. Returns 0 if it is absent. */
int body_retry_after(const struct request *r, int64_t *seconds);

#pragma GCC visibility pop

#endif
