/* fork() for Lua programs. The functions are lua_CFunctions that call no function of Lua, so one
 * build works with every Lua. They return either their argument or nothing.
 *
 *   local fork = package.loadlib(path, "forking_fork")
 *   local wait = package.loadlib(path, "forking_wait")
 *   if fork(true) then … end   -- true in the child, nothing in the parent
 *   wait(true)                 -- waits for the child: true if it exited with status 0 */
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
