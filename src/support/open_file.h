/* Asks the system about an open file of Lua's io library, for the command line. */
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

#pragma GCC visibility pop

#endif
