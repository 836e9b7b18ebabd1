/* Checks and parses the URL of a proxy: [scheme://][user[:password]@]host[:port][/path]. */
#ifndef TWILIO_PROXY_H
#define TWILIO_PROXY_H

#pragma GCC visibility push(hidden)

/* Returns NULL if the URL is valid, otherwise a text with the reason. The text quotes no part of
 * the URL.
 *
 * A URL with an unescaped '@', '/', '?' or '#' in the password is refused. libcurl would end the
 * password at this character, and pass the rest to the resolver and to error messages. */
const char *proxy_problem(const char *url);

/* Returns the host and everything after it. The URL must have passed proxy_problem. */
const char *proxy_host(const char *url);

/* Returns the proxy URL for https from the environment variables, or NULL if none is set. The
 * variables have libcurl's order of precedence. Sets *variable to the name of the variable. */
const char *proxy_of_environment(const char **variable);

#pragma GCC visibility pop

#endif
