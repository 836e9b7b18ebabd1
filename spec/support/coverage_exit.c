/* _exit() for programs that count branches. The real _exit() does not write the counts. A forked
 * child calls it. See coverage.lua. */
#include <stdlib.h>

void __gcov_dump(void); /* in libgcov */
void coverage_exit(int status);

void coverage_exit(int status) {
  __gcov_dump();
  _Exit(status);
}
