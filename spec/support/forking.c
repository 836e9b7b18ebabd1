/* fork() for Lua programs. The functions are lua_CFunctions that need nothing of Lua, so one build serves every Lua:
 * such a function returns as many of its arguments as it says.
 *
 *   local fork, wait = package.loadlib(path, "forking_fork"), package.loadlib(path, "forking_wait")
 *   if fork(true) then … end   -- true in the child, nothing in the parent
 *   wait(true)                 -- in the parent, when the child has ended: true if it ended well */
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int forking_fork(void *L);
int forking_wait(void *L);

static pid_t forking_child;

int forking_fork(void *L) {
  (void)L;
  forking_child = fork();
  return forking_child == 0;
}

int forking_wait(void *L) {
  int status;
  (void)L;
  return waitpid(forking_child, &status, 0) == forking_child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
