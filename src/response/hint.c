#include "response/hint.h"

#include <string.h>

#include "text/sid.h"

/* ---- SIDs ---- */

/* The lists of the 2010 API whose records are addressed only by SID, and the prefixes of the SIDs. */
static const struct {
  const char *list, *prefix, *other_prefix;
} kinds[] = {{"/Accounts/", "AC", NULL},   {"/Addresses/", "AD", NULL},   {"/Applications/", "AP", NULL},
             {"/Calls/", "CA", NULL},      {"/Conferences/", "CF", NULL}, {"/IncomingPhoneNumbers/", "PN", NULL},
             {"/Messages/", "SM", "MM"},   {"/Media/", "ME", NULL},       {"/OutgoingCallerIds/", "PN", NULL},
             {"/Queues/", "QU", NULL},     {"/Recordings/", "RE", NULL},  {"/Notifications/", "NO", NULL},
             {"/ShortCodes/", "SC", NULL}, {"/Keys/", "SK", NULL}};

static int begins(const char *text, const char *prefix) {
  return prefix && strncmp(text, prefix, 2) == 0;
}

/* Finds a SID of the wrong kind in the path, such as a call's SID after "/Messages/". */
static const char *push_sid_hint(lua_State *L, const char *path) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    const char *list = strstr(path, kinds[i].list), *sid = list ? list + strlen(kinds[i].list) : "";
    if (!sid_is(sid, strcspn(sid, "./"), SID_UPPER_DIGITS) || begins(sid, kinds[i].prefix) || begins(sid, kinds[i].other_prefix)) continue;
    const char *other = kinds[i].other_prefix;
    lua_pushlstring(L, sid, 2);
    lua_pushlstring(L, kinds[i].list + 1, strlen(kinds[i].list) - 2);
    return lua_pushfstring(L, " (%s… is not a SID of %s, which begin with %s%s%s)", lua_tostring(L, -2), lua_tostring(L, -1), kinds[i].prefix,
                           other ? " or " : "", other ? other : "");
  }
  return NULL;
}

/* ---- numbers ---- */

/* The value of a parameter in a form, or NULL. */
static const char *form_value(const char *form, const char *name, size_t *length) {
  size_t n = strlen(name);
  for (const char *pair = form; pair; pair = strchr(pair, '&')) {
    if (*pair == '&') pair++;
    if (strncmp(pair, name, n) != 0 || pair[n] != '=') continue;
    *length = strcspn(pair + n + 1, "&");
    return pair + n + 1;
  }
  return NULL;
}

static const char *push_number_hint(lua_State *L, const struct request *r, long code) {
  enum { SHORTEST = 7 }; /* a shorter number may be a short code */
  const char *name = code == 21211 || code == 21217 ? "To" : code == 21212 ? "From" : NULL;
  size_t length = 0;
  const char *value = name && r->transfer.body ? form_value(r->transfer.body, name, &length) : NULL;
  /* digits and punctuation, such as "555-867-5310"; blanks and parentheses are percent-encoded */
  if (!value || length < SHORTEST || strspn(value, "0123456789-.%") != length) return NULL;
  return lua_pushfstring(L, " (%s has no '+': a number begins with '+' and the country code)", name);
}

/* ---- http and https ---- */

/* The error texts of servers that receive plain HTTP on a TLS port. */
static int wants_tls(const struct request *r) {
  static const char *const texts[] = {"plain HTTP request was sent to HTTPS port",         /* nginx, Amazon's load balancers */
                                      "speaking plain HTTP to an SSL-enabled server port", /* Apache */
                                      "Client sent an HTTP request to an HTTPS server"};   /* Go */
  const struct buffer *body = &r->transfer.answer;
  if (r->transfer.status != 400 || !body->length || strncmp(r->transfer.url, "http://", 7) != 0) return 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (memmem(body->data, body->length, texts[i], strlen(texts[i]))) return 1;
  return 0;
}

/* Whether the server did not speak TLS, by the error texts of OpenSSL and GnuTLS. */
static int lacks_tls(const struct request *r) {
  static const char *const texts[] = {"wrong version number", "packet length too long", "unexpected TLS packet"};
  const struct client *client = client_root(r->client);
  if (r->transfer.code != CURLE_SSL_CONNECT_ERROR || !client->origin.base_url || client->proxy) return 0; /* the proxy may be the cause */
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strstr(r->transfer.reason, texts[i])) return 1;
  return 0;
}

const char *hint_push(lua_State *L, const struct request *r, long code) {
  const char *hint = NULL;
  const char *path = r->asked.path.data ? strstr(r->asked.path.data, "/2010-04-01/") : NULL;
  if (r->transfer.status == 404 && path) hint = push_sid_hint(L, path);
  if (!hint && r->transfer.status == 400) hint = push_number_hint(L, r, code);
  if (hint) return hint;
  if (wants_tls(r)) return lua_pushfstring(L, " (the server speaks TLS: base_url needs https://)");
  if (lacks_tls(r)) return lua_pushfstring(L, " (the server does not speak TLS: base_url needs http://, or another port)");
  return lua_pushfstring(L, "");
}
