/* Checks and reads the URL of a proxy: [scheme://][user[:password]@]host[:port][/path]. */
#ifndef TWILIO_PROXY_H
#define TWILIO_PROXY_H

#pragma GCC visibility push(hidden)

/* Returns what is wrong with the URL, or NULL. libcurl ends the password at an unescaped '@', '/',
 * '?' or '#', and passes the rest to the resolver and to error messages. Such URLs are refused.
 * The returned text quotes no part of the URL. */
const char *proxy_problem(const char *url);

/* Returns the host and everything after it. The URL must have passed proxy_problem. */
const char *proxy_host(const char *url);

/* Returns the URL of the environment's proxy for https, with libcurl's order of precedence, or
 * NULL. Sets *variable to the name of the environment variable. */
const char *proxy_of_environment(const char **variable);

#pragma GCC visibility pop

#endif
