/* measure COMMAND…: runs the command, and exits with its status. Prints after the command's output:
 *
 *   process_wall  seconds from the start of the process to its end
 *   process_cpu   seconds of CPU, user and system
 *   process_peak  peak memory in KiB
 *
 * Lua cannot measure these values. The program is small because the kernel's peak of a child
 * process starts with the memory of its parent. */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double measure_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double measure_seconds(struct timeval t) {
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv) {
  struct rusage used;
  double start = measure_now();
  int status, problem;
  pid_t child;
  if (argc < 2) {
    fprintf(stderr, "measure COMMAND...\n");
    return 2;
  }
  problem = posix_spawnp(&child, argv[1], NULL, NULL, argv + 1, environ);
  if (problem) {
    fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(problem));
    return 127;
  }
  if (wait4(child, &status, 0, &used) != child) {
    perror("measure");
    return 1;
  }
  printf("process_wall %.6f\n", measure_now() - start);
  printf("process_cpu %.6f\n", measure_seconds(used.ru_utime) + measure_seconds(used.ru_stime));
  printf("process_peak %ld\n", used.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
