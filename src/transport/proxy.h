/* URLs of proxies, as text. */
#ifndef TWILIO_PROXY_H
#define TWILIO_PROXY_H

#pragma GCC visibility push(hidden)

/* What is wrong with a proxy's URL, NULL when it is fine: [scheme://][user[:password]@]host[:port][/path]. It must mean
 * the same to every reader: libcurl takes a raw '@', '/', '?' or '#' in a password for the end of it, and then gives
 * the rest to the resolver and to messages. The text that is returned shows nothing of the URL. */
const char *proxy_problem(const char *url);

/* The host of a proxy's URL in which nothing is wrong, and what follows the host. */
const char *proxy_host(const char *url);

/* The environment's proxy for https, chosen as libcurl does; NULL when there is none. *variable: where it is from. */
const char *proxy_of_environment(const char **variable);

#pragma GCC visibility pop

#endif
