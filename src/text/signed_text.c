#include "text/signed_text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "support/ascii.h"

/* ---- bytes as text ---- */

static const char hex[] = "0123456789abcdef", upper_hex[] = "0123456789ABCDEF";

int signed_text_sha256(const char *text, size_t length, char out[SIGNED_TEXT_SHA256]) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!EVP_Digest(text, length, bytes, &size, EVP_sha256(), NULL)) return 0;
  for (unsigned i = 0; i < size; i++) {
    *out++ = hex[bytes[i] >> 4];
    *out++ = hex[bytes[i] & 15];
  }
  *out = '\0';
  return 1;
}

size_t signed_text_base64url(char *out, const char *bytes, size_t length) {
  size_t n = (size_t)EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes, (int)length);
  while (n && out[n - 1] == '=') n--;
  out[n] = '\0';
  for (size_t i = 0; i < n; i++) out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
  return n;
}

/* ---- the path ---- */

static int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  char lower = (char)(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Reads one character, plain or percent-encoded. Returns its length in the text. */
static size_t read_character(const char *p, const char *end, char *c) {
  int high = end - p > 2 && *p == '%' ? hex_value(p[1]) : -1, low = high < 0 ? -1 : hex_value(p[2]);
  *c = low < 0 ? *p : (char)(high * 16 + low);
  return low < 0 ? 1 : 3;
}

/* Encodes all characters except the unreserved ones of RFC 3986. A character that the text has
 * encoded already is decoded first, and is therefore not encoded twice. */
static void add_segment(struct buffer *out, const char *p, const char *end) {
  char c;
  for (size_t n; p < end; p += n) {
    n = read_character(p, end, &c);
    if (is_letter(c) || is_digit(c) || memchr("-._~", c, 4)) {
      buffer_addc(out, c);
      continue;
    }
    const char escape[] = {'%', upper_hex[(unsigned char)c >> 4], upper_hex[c & 15]};
    buffer_add(out, escape, sizeof escape);
  }
}

/* Removes the last segment of what was written since `start`, without the slash before it. */
static void drop_segment(struct buffer *out, size_t start) {
  while (out->length > start && out->data[--out->length] != '/') continue;
}

/* Resolves the segments "." and "..", and removes empty segments. */
static void add_path(struct buffer *out, const char *path, const char *end) {
  size_t start = out->length;
  int is_directory = 1; /* the path ends with a slash */
  for (const char *p = path; p < end;) {
    const char *from = p + (*p == '/');
    for (p = from; p < end && *p != '/';) p++;
    size_t length = (size_t)(p - from);
    is_directory = length == 0 || (length == 1 && *from == '.') || (length == 2 && memcmp(from, "..", 2) == 0);
    if (length == 2 && is_directory) drop_segment(out, start);
    if (is_directory) continue;
    buffer_addc(out, '/');
    add_segment(out, from, p);
  }
  if (is_directory) buffer_addc(out, '/');
}

/* ---- the query ---- */

/* Writes "+" as %20 and "*" as %2A, and decodes %7E to "~". */
static void add_query_text(struct buffer *out, const char *p, const char *end) {
  for (; p < end; p++) {
    int is_tilde = end - p > 2 && p[0] == '%' && p[1] == '7' && (p[2] | 0x20) == 'e';
    if (*p == '+')
      buffer_adds(out, "%20");
    else if (*p == '*')
      buffer_adds(out, "%2A");
    else
      buffer_addc(out, is_tilde ? '~' : *p);
    if (is_tilde) p += 2;
  }
}

struct pair {
  const char *text;
  size_t length;
};

static int compare_pairs(const void *left, const void *right) {
  const struct pair *a = left, *b = right;
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

static void add_sorted(struct buffer *out, const char *text, size_t length) {
  size_t n = 1, at = 0;
  for (size_t i = 0; i < length; i++) n += text[i] == '&';
  struct pair *pairs = malloc(n * sizeof *pairs);
  if (!pairs) {
    out->failed = 1;
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const char *stop = memchr(text + at, '&', length - at);
    pairs[i] = (struct pair){text + at, stop ? (size_t)(stop - text) - at : length - at};
    at += pairs[i].length + 1;
  }
  qsort(pairs, n, sizeof *pairs, compare_pairs);
  for (size_t i = 0; i < n; i++) {
    if (i) buffer_addc(out, '&');
    buffer_add(out, pairs[i].text, pairs[i].length);
  }
  free(pairs);
}

static void add_query(struct buffer *out, const char *query, const char *end) {
  struct buffer text = {0};
  add_query_text(&text, query, end);
  if (text.failed) out->failed = 1;
  if (text.length) add_sorted(out, text.data, text.length);
  buffer_free(&text);
}

/* ---- the request ---- */

/* Appends the host without a default port, and without the user name of a URL. */
static void add_host(struct buffer *out, const char *host, const char *end) {
  for (const char *p = host; p < end; p++)
    if (*p == '@') host = p + 1;
  size_t length = (size_t)(end - host);
  if (length > 4 && memcmp(end - 4, ":443", 4) == 0) length -= 4;
  if (length > 3 && memcmp(host + length - 3, ":80", 3) == 0) length -= 3;
  buffer_add(out, host, length);
}

const char *signed_text_headers(const struct signed_request *signed_request) {
  return signed_request->authorization ? "authorization;host" : "host";
}

static void add_header_lines(struct buffer *out, const struct signed_request *signed_request, const char *host, const char *host_end) {
  if (signed_request->authorization) {
    buffer_adds(out, "authorization:");
    buffer_adds(out, signed_request->authorization);
    buffer_addc(out, '\n');
  }
  buffer_adds(out, "host:");
  add_host(out, host, host_end);
  buffer_adds(out, "\n\n");
  buffer_adds(out, signed_text_headers(signed_request));
  buffer_addc(out, '\n');
}

int signed_text_canonical(struct buffer *out, const struct signed_request *signed_request) {
  const char *scheme = strstr(signed_request->url, "://"), *host = scheme ? scheme + 3 : signed_request->url, *path = host + strcspn(host, "/?");
  const char *query = path + strcspn(path, "?"), *end = query + strlen(query);
  char hash[SIGNED_TEXT_SHA256] = "";
  buffer_adds(out, signed_request->method);
  buffer_addc(out, '\n');
  add_path(out, path, query);
  buffer_addc(out, '\n');
  add_query(out, query + (query < end), end);
  buffer_addc(out, '\n');
  add_header_lines(out, signed_request, host, path);
  if (signed_request->body && signed_request->body_length && !signed_text_sha256(signed_request->body, signed_request->body_length, hash)) return 0;
  buffer_adds(out, hash);
  return 1;
}
