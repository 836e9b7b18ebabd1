/* Tests transport/proxy.c. The probe's arguments are URLs. For each URL it prints the host and the
 * rest, or the problem. Without arguments it prints the proxy of the environment. */
#include <stdio.h>

#include "transport/proxy.h"

int main(int argc, char **argv) {
  const char *variable = NULL, *url = proxy_of_environment(&variable);
  if (argc == 1) printf("%s %s\n", url ? variable : "none", url ? url : "");
  for (int i = 1; i < argc; i++) {
    const char *problem = proxy_problem(argv[i]);
    puts(problem ? problem : proxy_host(argv[i]));
  }
  return 0;
}
