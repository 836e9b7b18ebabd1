#include "transport/stamped_path.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STAMP_LENGTH = 128 }; /* bytes that stamped_path adds: two for each of 64 bits */

/* Returns 64 bits that change when the file is replaced or rewritten: a hash (FNV-1a, over words)
 * of its device, inode, size and times. */
static uint64_t file_stamp(const struct stat *file) {
#ifdef __APPLE__
  const struct timespec *modified = &file->st_mtimespec, *changed = &file->st_ctimespec;
#else
  const struct timespec *modified = &file->st_mtim, *changed = &file->st_ctim;
#endif
  const uint64_t facts[] = {(uint64_t)file->st_dev,      (uint64_t)file->st_ino,    (uint64_t)file->st_size,   (uint64_t)modified->tv_sec,
                            (uint64_t)modified->tv_nsec, (uint64_t)changed->tv_sec, (uint64_t)changed->tv_nsec};
  uint64_t stamp = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) stamp = (stamp ^ facts[i]) * UINT64_C(0x100000001b3);
  return stamp;
}

char *stamped_path(const char *path) {
  struct stat file;
  /* The path must be absolute: newer libcurl resolves a relative path, which removes the stamp. */
  char *full = realpath(path, NULL);
  size_t length = full ? strlen(full) : 0;
  char *stamped = length && length + STAMP_LENGTH < PATH_MAX && stat(full, &file) == 0 ? malloc(length + STAMP_LENGTH + 1) : NULL;
  if (stamped) {
    char *out = stamped;
    *out++ = '/';
    for (uint64_t stamp = file_stamp(&file), bit = 1; bit; bit <<= 1, out += 2) memcpy(out, stamp & bit ? "./" : "//", 2);
    memcpy(out, full + 1, length);
  }
  free(full);
  return stamped;
}
