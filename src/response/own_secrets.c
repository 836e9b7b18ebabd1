#include "response/own_secrets.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "support/compat.h"

enum {
  SHORTEST = 6, /* bytes: Twilio's secrets are longer, and a shorter text would match within words */
  MOST = 10
};

static const char hidden[] = "***";

/* ---- what to look for ---- */

struct pattern {
  const char *text; /* of the client or the request */
  size_t length;    /* without the padding */
  size_t padding;   /* number of "=" at the end of a Base64 text; a response may omit them */
};

struct patterns {
  struct pattern each[MOST];
  int n;
  unsigned char starts[256]; /* 1: a secret may begin with this byte */
};

static void add_pattern(struct patterns *patterns, const char *text, size_t length) {
  size_t whole = length;
  while (length > 0 && text[length - 1] == '=') length--;
  if (length < SHORTEST || patterns->n == MOST) return;
  patterns->each[patterns->n++] = (struct pattern){text, length, whole - length};
  patterns->starts[(unsigned char)*text] = 1;
  if (*text == '+') patterns->starts['-'] = 1;
  if (*text == '/') patterns->starts['_'] = 1;
}

static void add_secret(struct patterns *patterns, const char *text) {
  if (text) add_pattern(patterns, text, strlen(text));
}

/* Adds the credentials of a header line "Authorization: Basic …". */
static void add_authorization(struct patterns *patterns, const char *line) {
  static const char name[] = "Authorization:";
  if (!line || strncasecmp(line, name, sizeof name - 1) != 0) return;
  const char *value = line + sizeof name - 1;
  value += strspn(value, " ");
  const char *blank = strchr(value, ' ');
  add_secret(patterns, blank ? blank + 1 : value);
}

/* Adds the password of "http://user:password@host". */
static void add_proxy_secret(struct patterns *patterns, const char *url) {
  if (!url) return;
  const char *scheme = strstr(url, "://"), *user = scheme ? scheme + 3 : url, *at = strrchr(user, '@'), *colon = strchr(user, ':');
  if (at && colon && colon < at) add_pattern(patterns, colon + 1, (size_t)(at - colon - 1));
}

static void collect_patterns(struct patterns *patterns, const struct request *r) {
  static const char escapes[] = "%\\&+";
  const struct client *root = client_root(r->client);
  const struct credentials *credentials = &root->credentials;
  memset(patterns, 0, sizeof *patterns);
  add_secret(patterns, credentials->auth_token);
  add_secret(patterns, credentials->api_secret);
  add_secret(patterns, credentials->client_secret);
  add_authorization(patterns, credentials->authorization);
  if (credentials->bearer) add_authorization(patterns, credentials->bearer->line);
  if (r->asked.bearer && r->asked.bearer != credentials->bearer) add_authorization(patterns, r->asked.bearer->line);
  add_proxy_secret(patterns, root->proxy);
  for (const struct curl_slist *header = r->asked.headers; header; header = header->next) add_authorization(patterns, header->data);
  for (const char *e = escapes; *e; e++) patterns->starts[(unsigned char)*e] = 1;
}

/* ---- characters as they are escaped ---- */

/* How the text is escaped. ESCAPED_TWICE: a URL within a URL, or JSON within JSON. */
enum reading { PLAIN, ESCAPED, ESCAPED_TWICE };

static int hex_number(const char *p, const char *end, int digits) {
  int value = 0;
  if (end - p < digits) return -1;
  for (int i = 0; i < digits; i++) {
    char c = p[i], small = (char)(c | 0x20);
    if (c >= '0' && c <= '9')
      value = value * 16 + c - '0';
    else if (small >= 'a' && small <= 'f')
      value = value * 16 + small - 'a' + 10;
    else
      return -1;
  }
  return value;
}

static size_t read_percent(const char *p, const char *end, enum reading how, char *c) {
  const char *at = p + 1;
  if (how == ESCAPED_TWICE && end - at >= 4 && memcmp(at, "25", 2) == 0) at += 2;
  int value = hex_number(at, end, 2);
  if (value < 0) return 0;
  *c = (char)value;
  return (size_t)(at + 2 - p);
}

static size_t read_backslash(const char *p, const char *end, enum reading how, char *c) {
  const char *at = p + 1;
  while (how == ESCAPED_TWICE && at < end && *at == '\\') at++;
  if (at == end) return 0;
  if (*at != 'u') {
    *c = *at;
    return (size_t)(at + 1 - p);
  }
  int value = hex_number(at + 1, end, 4);
  if (value < 0 || value > 0x7f) return 0;
  *c = (char)value;
  return (size_t)(at + 5 - p);
}

static size_t read_entity(const char *p, const char *end, char *c) {
  static const struct {
    const char *text;
    char c;
  } named[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
    size_t length = strlen(named[i].text);
    if ((size_t)(end - p) < length || memcmp(p, named[i].text, length) != 0) continue;
    *c = named[i].c;
    return length;
  }
  if (end - p < 4 || p[1] != '#') return 0;
  int base = (p[2] | 0x20) == 'x' ? 16 : 10, value = 0;
  const char *first = p + (base == 16 ? 3 : 2), *at = first;
  for (int digit; at < end && at - first < 6 && (digit = hex_number(at, end, 1)) >= 0 && digit < base; at++) value = value * base + digit;
  if (at == first || at == end || *at != ';' || value > 0x7f) return 0;
  *c = (char)value;
  return (size_t)(at + 1 - p);
}

/* Decodes one character into *c. Returns its length in the text. */
static size_t read_escaped(const char *p, const char *end, enum reading how, char *c) {
  size_t length = 0;
  if (how != PLAIN) {
    if (*p == '%') length = read_percent(p, end, how, c);
    if (*p == '\\') length = read_backslash(p, end, how, c);
    if (*p == '&') length = read_entity(p, end, c);
  }
  if (length) return length;
  *c = *p;
  return 1;
}

/* Forms encode a blank as "+". Base64 for URLs has "-" and "_". */
static int is_same(char wanted, char c) {
  return wanted == c || (wanted == ' ' && c == '+') || (wanted == '+' && c == '-') || (wanted == '/' && c == '_');
}

/* ---- the search ---- */

static size_t match_pattern(const struct pattern *wanted, const char *text, const char *end, enum reading how) {
  const char *p = text;
  for (size_t i = 0; i < wanted->length + wanted->padding; i++) {
    char c = '\0';
    size_t length = p < end ? read_escaped(p, end, how, &c) : 0;
    if (!length || !is_same(wanted->text[i], c)) return i < wanted->length ? 0 : (size_t)(p - text);
    p += length;
  }
  return (size_t)(p - text);
}

/* Returns the length of the longest secret at the beginning of the text, or 0. Escaped forms are
 * tried first. A match of the plain form could leave half of an escape in the text, which would
 * break the surrounding JSON. */
static size_t find_pattern(const struct patterns *patterns, const char *text, const char *end) {
  size_t longest = 0;
  if (!patterns->starts[(unsigned char)*text]) return 0;
  for (int i = 0; i < patterns->n; i++) {
    size_t length = match_pattern(&patterns->each[i], text, end, ESCAPED);
    if (!length) length = match_pattern(&patterns->each[i], text, end, ESCAPED_TWICE);
    if (!length) length = match_pattern(&patterns->each[i], text, end, PLAIN);
    if (length > longest) longest = length;
  }
  return longest;
}

size_t secrets_hide(const struct request *r, char *text, size_t length) {
  struct patterns patterns;
  collect_patterns(&patterns, r);
  if (!patterns.n) return length;
  char *out = text;
  for (const char *p = text, *end = text + length; p < end;) {
    size_t found = find_pattern(&patterns, p, end);
    if (!found) {
      *out++ = *p++;
      continue;
    }
    memcpy(out, hidden, sizeof hidden - 1); /* fits, because a secret is longer */
    out += sizeof hidden - 1;
    p += found;
  }
  return (size_t)(out - text);
}

void secrets_push(lua_State *L, const struct request *r, const char *text, size_t length) {
  struct patterns patterns;
  luaL_Buffer b;
  const char *end = text + length, *shown = text;
  collect_patterns(&patterns, r);
  luaL_buffinit(L, &b);
  for (const char *p = text; p < end;) {
    size_t found = find_pattern(&patterns, p, end);
    if (!found) {
      p++;
      continue;
    }
    luaL_addlstring(&b, shown, (size_t)(p - shown));
    luaL_addstring(&b, hidden);
    shown = p += found;
  }
  luaL_addlstring(&b, shown, (size_t)(end - shown));
  luaL_pushresult(&b);
}
