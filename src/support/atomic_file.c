#include "support/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "support/userdata.h"

static const char file_name[] = "twilio.atomic_file";

/* NOT_A_FILE is not a value of errno. */
enum { NAME_SIZE = 80, ATTEMPTS = 100, NOT_A_FILE = -1 };

/* A zeroed struct is a file that has ended. The strings are absolute paths, so that a later chdir
 * does not matter. __gc frees them. */
struct atomic_file {
  int is_open, fd;
  pid_t owner;     /* a forked child must not remove the file of its parent */
  char *path;      /* the final name */
  char *directory; /* of both names */
  char *temporary; /* the name until commit */
};

/* strerror is what Lua's own io library uses. glibc returns constant texts for known codes. */
static int push_file_reason(lua_State *L, int code) {
  lua_pushnil(L);
  lua_pushstring(L, code == NOT_A_FILE ? "Not a regular file" : strerror(code));
  return 2;
}

/* ---- names ---- */

/* Returns "directory/name", or NULL if memory is exhausted. The caller frees the text. */
static char *join_path(const char *directory, const char *name) {
  size_t size = strlen(directory) + 1 + strlen(name) + 1;
  char *path = malloc(size);
  if (path) snprintf(path, size, "%s/%s", directory, name);
  return path;
}

/* Sets path and directory. A symbolic link is resolved, because rename would replace the link and
 * not its target. Returns 0 or an errno. */
static int set_file_names(struct atomic_file *file, const char *path) {
  char *target = realpath(path, NULL);
  if (!target && errno != ENOENT) return errno;
  const char *whole = target ? target : path, *slash = strrchr(whole, '/'), *name = slash ? slash + 1 : whole;
  char *above = slash == whole ? strdup("/") : slash ? strndup(whole, (size_t)(slash - whole)) : strdup(".");
  file->directory = above ? realpath(above, NULL) : NULL;
  int code = file->directory ? ENOMEM : errno;
  if (file->directory && *name) file->path = join_path(file->directory, name);
  if (!*name) code = target ? EISDIR : ENOENT; /* the root, or a missing directory with a slash at its end */
  free(above);
  free(target);
  return file->path ? 0 : code;
}

/* Creates the temporary file with a name that no file has. Returns 0 or an errno. */
static int create_temporary(struct atomic_file *file, mode_t mode) {
  char name[NAME_SIZE];
  struct timespec now;
  int code = EEXIST;
  for (int i = 0; code == EEXIST && i < ATTEMPTS; i++) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(name, sizeof name, ".twilio-%ld-%lx%lx-%d.tmp", (long)getpid(), (unsigned long)now.tv_nsec, (unsigned long)(uintptr_t)file, i);
    free(file->temporary);
    file->temporary = join_path(file->directory, name);
    if (!file->temporary) return ENOMEM;
    file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    code = file->fd < 0 ? errno : 0;
  }
  file->is_open = !code;
  return code;
}

/* ---- the end of a file ---- */

/* Closes and removes the temporary file. */
static void drop_temporary(struct atomic_file *file) {
  if (!file->is_open) return;
  file->is_open = 0;
  close(file->fd);
  if (file->owner == getpid()) unlink(file->temporary);
}

static int push_failure(lua_State *L, struct atomic_file *file, int code) {
  drop_temporary(file);
  return push_file_reason(L, code);
}

int atomic_file_synchronize(int fd) {
  int status;
  do status = fsync(fd);
  while (status && errno == EINTR);
  return status && errno != EINVAL && errno != ENOTSUP && errno != EROFS ? errno : 0;
}

/* Writes the renaming to the disk. Otherwise a crash of the machine may bring the old file back. A
 * failure is not reported: the new file has replaced the old one already, and is complete. */
static void synchronize_directory(const struct atomic_file *file) {
  int fd = open(file->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return; /* a directory that may be written but not read */
  (void)atomic_file_synchronize(fd);
  close(fd);
}

/* ---- opening ---- */

/* Gives the file the owner and the mode of the file that it replaces. Only root may change the
 * owner. If the group cannot be kept, the rights of the group are dropped, because another group
 * would gain them. Returns 0 or an errno. */
static int imitate_mode(const struct atomic_file *file, const struct stat *old) {
  mode_t mode = old->st_mode & 0777;
  if (fchown(file->fd, old->st_uid, old->st_gid) && fchown(file->fd, (uid_t)-1, old->st_gid)) mode &= 0707;
  return fchmod(file->fd, mode) ? errno : 0;
}

static int prepare_temporary(struct atomic_file *file, const char *path) {
  struct stat old;
  int code = set_file_names(file, path);
  if (code) return code;
  int exists = stat(file->path, &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) return EISDIR;
  if (exists && !S_ISREG(old.st_mode)) return NOT_A_FILE;
  if (exists && access(file->path, W_OK)) return errno; /* rename alone would replace a read-only file */
  /* 0600 first: a user who cannot read the old file must never be able to read the new one. */
  code = create_temporary(file, exists ? 0600 : 0666);
  return !code && exists ? imitate_mode(file, &old) : code;
}

int atomic_file_open(lua_State *L) {
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  if (length == 0) misuse(L, "the path of the file is empty");
  if (strlen(path) != length) misuse(L, "the path of the file contains a NUL byte");
  struct atomic_file *file = userdata_new(L, sizeof *file, 0, file_name);
  file->owner = getpid();
  int code = prepare_temporary(file, path);
  return code ? push_failure(L, file, code) : 1;
}

/* ---- methods ---- */

static struct atomic_file *check_file(lua_State *L, int index) {
  struct atomic_file *file = userdata_test(L, index, file_name);
  if (!file) misuse(L, "a twilio.atomic_file is expected, got %s", luaL_typename(L, index));
  return file;
}

static struct atomic_file *check_open(lua_State *L, int index) {
  struct atomic_file *file = check_file(L, index);
  if (!file->is_open) misuse(L, "the file has ended: it was committed or aborted, or a write failed");
  return file;
}

int atomic_file_descriptor(lua_State *L, int index) {
  int fd = fcntl(check_open(L, index)->fd, F_DUPFD_CLOEXEC, 0);
  return fd < 0 ? -errno : fd;
}

static int file_write(lua_State *L) {
  struct atomic_file *file = check_open(L, 1);
  size_t left;
  const char *bytes = luaL_checklstring(L, 2, &left);
  while (left > 0) {
    ssize_t n = write(file->fd, bytes, left);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return push_failure(L, file, errno);
    bytes += n;
    left -= (size_t)n;
  }
  return lua_pushboolean(L, 1), 1;
}

static int file_commit(lua_State *L) {
  struct atomic_file *file = check_open(L, 1);
  int code = atomic_file_synchronize(file->fd);
  if (code) return push_failure(L, file, code);
  file->is_open = 0;
  /* A network file system may report here that a quota is full. */
  code = close(file->fd) && errno != EINTR ? errno : 0;
  if (!code) code = rename(file->temporary, file->path) ? errno : 0;
  if (code) {
    unlink(file->temporary);
    return push_file_reason(L, code);
  }
  synchronize_directory(file);
  return lua_pushboolean(L, 1), 1;
}

static int file_abort(lua_State *L) {
  drop_temporary(check_file(L, 1));
  return 0;
}

static int file_gc(lua_State *L) {
  struct atomic_file *file = userdata_test(L, 1, file_name);
  if (!file) return 0;
  drop_temporary(file);
  free(file->path);
  free(file->directory);
  free(file->temporary);
  memset(file, 0, sizeof *file);
  return 0;
}

void atomic_file_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"write", file_write}, {"commit", file_commit}, {"abort", file_abort}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", file_gc}, {"__close", file_abort}, {NULL, NULL}};
  lua_newtable(L);
  compat_setfuncs(L, methods);
  userdata_metatable(L, file_name, meta, NULL);
}
