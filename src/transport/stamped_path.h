/* Paths of CA files that change when the file changes. */
#ifndef TWILIO_STAMPED_PATH_H
#define TWILIO_STAMPED_PATH_H

#pragma GCC visibility push(hidden)

/* Returns another path of the same file. The path is different after each change of the file.
 * libcurl caches parsed certificates for a day. It compares only the paths of CA files when it
 * decides whether to reuse a connection, a TLS session or the parsed certificates. With the plain
 * path, a new client would trust the old content of a file that was replaced.
 *
 * After the first slash, each bit of the stamp becomes "//" or "./", which the system ignores. The
 * caller frees the path. Returns NULL if the file does not exist, the path is too long, or memory
 * is exhausted. The caller then uses the plain path. */
char *stamped_path(const char *path);

#pragma GCC visibility pop

#endif
