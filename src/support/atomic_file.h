/* userdata twilio.atomic_file: a file that replaces another one only when it is complete.
 *
 * The bytes go to a new file in the same directory, with a temporary name. commit() writes them to
 * the disk and renames the file. Until then a file of the final name stays as it is. abort(), a
 * failed write and the finalizer remove the temporary file. If the process is killed, the temporary
 * file remains, with the name .twilio-….tmp.
 *
 * All functions block. A failure is returned as nil and the reason, a message of the system. */
#ifndef TWILIO_ATOMIC_FILE_H
#define TWILIO_ATOMIC_FILE_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* Registers the userdata. Its methods:
 *
 *   file:write(bytes)   appends the bytes. Returns true; or nil and the reason, and the file is
 *                       then aborted.
 *   file:commit()       gives the file its final name. Returns true; or nil and the reason, and the
 *                       file is then aborted.
 *   file:abort()        removes the temporary file. Does nothing if the file has ended already.
 *
 * write and commit raise for a file that has ended. */
void atomic_file_register(lua_State *L);

/* core.atomic_file(path) → a userdata; or nil and the reason. If the path is a symbolic link, its
 * target is replaced. A directory, a device or a pipe is refused. The new file has the owner and
 * the mode of the file that it replaces, otherwise the mode 0666 without the bits of the umask. */
int atomic_file_open(lua_State *L);

/* Returns a duplicate of the descriptor of the file at `index`, which the caller closes. Bytes may be
 * written through it until commit or abort. Returns a negative errno without a descriptor. Raises
 * for another value, and for a file that has ended. */
int atomic_file_descriptor(lua_State *L, int index);

/* Writes a file or directory to the disk. Returns 0 or an errno. Also returns 0 if the file system
 * does not support fsync. */
int atomic_file_synchronize(int fd);

#pragma GCC visibility pop

#endif
