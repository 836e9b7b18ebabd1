/* The Lua layer, compiled once for all Lua states of the process: a host that
 * opens one for each script would else spend most of its time in Lua's parser. */
#ifndef TWILIO_CHUNK_CACHE_H
#define TWILIO_CHUNK_CACHE_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Puts what is kept into package.preload, where `require` looks before it looks for files, but in the place of nothing. */
void chunk_cache_offer(lua_State *L);

/* core.keep(...): at the head of a module's file, keeps it for the states to come. In the first state of a process
 * nothing is kept: most have no other. */
int chunk_cache_keep(lua_State *L);

#pragma GCC visibility pop

#endif
