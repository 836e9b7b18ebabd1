/* What Lua's io library lacks for open files: for the command line, and for journals. */
#ifndef TWILIO_OPEN_FILE_H
#define TWILIO_OPEN_FILE_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.terminal(file) → the number of columns of the terminal that the file is, 0 if the terminal
 * does not tell; nil for any other file */
int open_file_terminal(lua_State *L);

/* core.is_private(file) → whether the file belongs to the user of this process, and no other user
 * may read or write it; nil and the reason of the system on failure */
int open_file_is_private(lua_State *L);

/* The functions below return true; or nil and the reason of the system.
 *
 * core.sync(file): writes what the program has written to the disk. For a directory that is open for
 * reading: writes the names of new files to the disk. */
int open_file_sync(lua_State *L);

/* core.lock(file): locks the file until it is closed. Fails if another process or another open file of
 * this process has locked it. */
int open_file_lock(lua_State *L);

/* core.truncate(file, length): cuts the file to this number of bytes. */
int open_file_truncate(lua_State *L);

#pragma GCC visibility pop

#endif
