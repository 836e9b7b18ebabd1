/* Masks the values in an API path that identify a person, such as phone numbers and identities. */
#ifndef TWILIO_PATH_MASK_H
#define TWILIO_PATH_MASK_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Whether `value` identifies a person. The value is in segment number `segment` of the path,
 * counted from 0. */
int path_mask_is_personal(uint16_t path, int segment, const char *value, size_t length);

/* Pushes a SID of a resource of this node, masked as it would be in a path of the node. */
void path_mask_push_sid(lua_State *L, uint16_t node, const char *text, size_t length);

#pragma GCC visibility pop

#endif
