/* The results of a download: methods of the userdata twilio.request. */
#ifndef TWILIO_DOWNLOAD_RESULT_H
#define TWILIO_DOWNLOAD_RESULT_H

#include <lua.h>

#include "request/request.h"

#pragma GCC visibility push(hidden)

/* Pushes { size, status, content_type, etag, headers, attempts } of a complete download. */
int download_push_result(lua_State *L, struct request *r);

/* Pushes true for a complete download; or nil, message, err. */
int download_check(lua_State *L, struct request *r);

/* Passes a response of the option `transport` to the sink. */
void download_take_response(struct transfer *t);

/* request:chunk() → the bytes that the sink has received since the last call, or nil. Continues a
 * transfer that the full sink has paused. */
int download_chunk(lua_State *L);

/* request:received() → the number of bytes received; the size of the file, nil if it is unknown */
int download_received(lua_State *L);

/* request:patience() → the option timeout: the longest time in seconds without a received byte */
int download_patience(lua_State *L);

/* request:expire(): ends the attempt, because no byte has come for that long. */
int download_expire(lua_State *L);

/* request:finish(): ends the transfer, and closes the file. Until then a removed file would still
 * occupy the disk. */
int download_finish(lua_State *L);

/* request:write_error() → the reason of the system why the file could not be written, or nil */
int download_write_error(lua_State *L);

#pragma GCC visibility pop

#endif
