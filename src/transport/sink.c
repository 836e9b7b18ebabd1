#include "transport/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "text/header_lines.h"

enum {
  MOST_WAITING = 128 * 1024, /* bytes in `waiting` until the sink refuses more */
  NUMBER_SIZE = 20           /* digits of the largest uint64_t */
};

static const char changed[] = "the file has changed at the server since the download began: start the download again";

/* ---- the file's identity ---- */

static int is_strong_etag(const struct buffer *etag) {
  return etag->length > 0 && etag->data[0] == '"';
}

/* Whether a resumed response can be trusted to be the rest of the same file. A weak ETag may stay the
 * same when bytes change. */
static int can_resume(const struct sink *sink) {
  return is_strong_etag(&sink->etag) || sink->modified.length > 0;
}

static void remember_validator(const struct buffer *head, const char *name, struct buffer *value) {
  size_t length = 0;
  const char *text = headers_find(head, name, &length);
  buffer_clear(value);
  if (text) buffer_add(value, text, length);
}

/* Whether the response has the header. If so, sets *is_same to whether its value is the remembered
 * one. */
static int compare_validator(const struct buffer *head, const char *name, const struct buffer *value, int *is_same) {
  size_t length = 0;
  const char *text = headers_find(head, name, &length);
  if (!text || !value->length) return 0;
  *is_same = length == value->length && memcmp(text, value->data, length) == 0;
  return 1;
}

/* Whether the response belongs to the remembered file. Without any validator in the response the
 * answer is `otherwise`. */
static int is_same_file(const struct sink *sink, const struct buffer *head, int otherwise) {
  int is_same = 0;
  if (compare_validator(head, "ETag", &sink->etag, &is_same)) return is_same;
  if (compare_validator(head, "Last-Modified", &sink->modified, &is_same)) return is_same;
  return otherwise;
}

/* ---- numbers in headers ---- */

/* Reads digits at *text, and moves *text after them. Returns 0 if there is no number. */
static int read_number(const char **text, const char *end, uint64_t *number) {
  const char *p = *text;
  *number = 0;
  for (; p < end && *p >= '0' && *p <= '9'; p++) {
    if (p - *text >= NUMBER_SIZE - 1) return 0;
    *number = *number * 10 + (uint64_t)(*p - '0');
  }
  if (p == *text) return 0;
  *text = p;
  return 1;
}

static int find_length(const struct buffer *head, uint64_t *number) {
  size_t length = 0;
  const char *text = headers_find(head, "Transfer-Encoding", &length);
  if (text) return 0;
  text = headers_find(head, "Content-Length", &length);
  if (!text) return 0;
  const char *end = text + length;
  return read_number(&text, end, number) && text == end;
}

struct content_range {
  uint64_t first, last, total;
  int has_part, has_total; /* "*" replaces a missing "first-last" or a missing total */
};

static int find_range(const struct buffer *head, struct content_range *range) {
  size_t length = 0;
  const char *text = headers_find(head, "Content-Range", &length);
  memset(range, 0, sizeof *range);
  if (!text || length < 6 || strncasecmp(text, "bytes ", 6) != 0) return 0;
  const char *end = text + length;
  text += 6;
  if (*text == '*') {
    text++;
  } else {
    range->has_part = 1;
    if (!read_number(&text, end, &range->first) || text >= end || *text++ != '-' || !read_number(&text, end, &range->last)) return 0;
    if (range->last < range->first) return 0;
  }
  if (text >= end || *text++ != '/') return 0;
  if (end - text == 1 && *text == '*') return range->has_part;
  range->has_total = 1;
  return read_number(&text, end, &range->total) && text == end && (!range->has_part || range->last < range->total);
}

/* ---- the response ---- */

/* Sets the length of the file. Returns 0 if an earlier response had another length. */
static int set_total(struct sink *sink, uint64_t total) {
  if (sink->has_total && sink->total != total) return 0;
  sink->total = total;
  sink->has_total = 1;
  return 1;
}

static int is_encoded(const struct buffer *head) {
  size_t length = 0;
  const char *text = headers_find(head, "Content-Encoding", &length);
  return text && length > 0 && !(length == 8 && strncasecmp(text, "identity", 8) == 0);
}

/* Status 200: the whole file. The bytes that an earlier attempt has received are skipped. */
static const char *respond_whole(struct sink *sink, const struct buffer *head) {
  uint64_t total = 0;
  if (sink->offset == 0) {
    sink->has_total = 0;
    remember_validator(head, "ETag", &sink->etag);
    remember_validator(head, "Last-Modified", &sink->modified);
  } else if (!is_same_file(sink, head, 0)) {
    return changed;
  }
  if (find_length(head, &total) && !set_total(sink, total)) return changed;
  sink->skipped = sink->offset;
  return NULL;
}

/* Status 206: the rest of the file. */
static const char *respond_rest(struct sink *sink, const struct buffer *head) {
  struct content_range range;
  if (sink->offset == 0) return "the answer is a part of the file, although the whole file was asked for";
  if (!find_range(head, &range) || !range.has_part) return "its header Content-Range is missing or malformed";
  if (!is_same_file(sink, head, 1)) return changed;
  if (range.has_total && !set_total(sink, range.total)) return changed;
  return range.first == sink->offset ? NULL : "it has another part of the file than the one that was asked for";
}

/* Status 416: there is no byte after `offset`. If the file ends there, it is complete. */
static const char *respond_end(struct sink *sink, const struct buffer *head) {
  struct content_range range;
  int is_end = find_range(head, &range) && !range.has_part && range.total == sink->offset;
  if (!is_end || !is_same_file(sink, head, 1) || !set_total(sink, range.total)) return changed;
  sink->is_complete = 1;
  return NULL;
}

CURLcode sink_respond(struct sink *sink, long status, const struct buffer *head, const char **why) {
  *why = NULL;
  sink->takes_body = status == 200 || status == 206;
  if (sink->takes_body && is_encoded(head)) {
    *why = "the file has a Content-Encoding, although it was asked for without";
    return CURLE_BAD_CONTENT_ENCODING;
  }
  if (status == 200) *why = respond_whole(sink, head);
  if (status == 206) *why = respond_rest(sink, head);
  if (status == 416 && sink->offset > 0) *why = respond_end(sink, head);
  if (*why) return CURLE_RANGE_ERROR;
  if (sink->etag.failed || sink->modified.failed) {
    *why = "out of memory for the response headers";
    return CURLE_OUT_OF_MEMORY;
  }
  if (!sink->takes_body || !sink->limit || !sink->has_total || sink->total <= sink->limit) return CURLE_OK;
  *why = "the file is larger than allowed";
  return CURLE_FILESIZE_EXCEEDED;
}

/* Writes at `offset`. Another descriptor of the same file may have moved the file position. */
static int write_all(struct sink *sink, const char *bytes, size_t length) {
  uint64_t at = sink->offset;
  while (length > 0) {
    ssize_t n = pwrite(sink->fd, bytes, length, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes += n;
    at += (uint64_t)n;
    length -= (size_t)n;
  }
  return 0;
}

CURLcode sink_take(struct sink *sink, const char *bytes, size_t length, int may_pause, const char **why) {
  if (may_pause && sink->fd < 0 && sink->waiting.length > 0 && sink->waiting.length + length > MOST_WAITING) {
    sink->is_paused = 1;
    return CURLE_AGAIN;
  }
  size_t skipped = sink->skipped < length ? (size_t)sink->skipped : length;
  sink->skipped -= skipped;
  bytes += skipped;
  length -= skipped;
  if (sink->limit && length > sink->limit - sink->offset) {
    *why = "the file is larger than allowed";
    return CURLE_FILESIZE_EXCEEDED;
  }
  if (sink->fd >= 0) {
    sink->error = write_all(sink, bytes, length);
    *why = "the file cannot be written";
    if (sink->error) return CURLE_WRITE_ERROR;
  } else {
    buffer_add(&sink->waiting, bytes, length);
    *why = "out of memory for the response";
    if (sink->waiting.failed) return CURLE_OUT_OF_MEMORY;
  }
  sink->offset += length;
  return CURLE_OK;
}

CURLcode sink_end(struct sink *sink) {
  if (!sink->takes_body) return CURLE_OK;
  if (sink->skipped || (sink->has_total && sink->offset < sink->total)) return CURLE_PARTIAL_FILE;
  if (sink->has_total && sink->offset > sink->total) return CURLE_RANGE_ERROR;
  sink->is_complete = 1;
  return CURLE_OK;
}

/* ---- attempts ---- */

int sink_may_go_on(const struct sink *sink) {
  return sink->offset == 0 || sink->fd >= 0 || can_resume(sink);
}

/* Empties the file for a start from the first byte. Returns 0 or an errno. */
static int start_anew(struct sink *sink) {
  int status;
  if (sink->fd < 0) return 0;
  do status = ftruncate(sink->fd, 0);
  while (status && errno == EINTR);
  sink->offset = 0;
  return status ? errno : 0;
}

int sink_begin(struct sink *sink) {
  sink->takes_body = sink->is_paused = sink->is_complete = sink->is_announced = sink->has_expired = 0;
  sink->skipped = 0;
  sink->range[0] = '\0';
  buffer_clear(&sink->condition);
  if (sink->offset > sink->reached) sink->reached = sink->offset;
  if (sink->offset > 0 && !can_resume(sink)) sink->error = start_anew(sink);
  if (sink->error || sink->offset == 0) return sink->error;
  const struct buffer *validator = is_strong_etag(&sink->etag) ? &sink->etag : &sink->modified;
  snprintf(sink->range, sizeof sink->range, "%llu-", (unsigned long long)sink->offset);
  buffer_adds(&sink->condition, "If-Range: ");
  buffer_add(&sink->condition, validator->data, validator->length);
  return buffer_cstr(&sink->condition) ? 0 : ENOMEM;
}

struct curl_slist *sink_headers(struct sink *sink, struct curl_slist *rest) {
  static char identity[] = "Accept-Encoding: identity"; /* the bytes of a range are those of the unencoded file */
  sink->header[0] = (struct curl_slist){identity, rest};
  if (!sink->range[0]) return sink->header;
  sink->header[0].next = &sink->header[1];
  sink->header[1] = (struct curl_slist){sink->condition.data, rest};
  return sink->header;
}

void sink_close(struct sink *sink) {
  if (sink->fd >= 0) close(sink->fd);
  sink->fd = -1;
}

void sink_delete(struct sink *sink) {
  if (!sink) return;
  struct buffer *const buffers[] = {&sink->etag, &sink->modified, &sink->waiting, &sink->condition, &sink->first_url};
  sink_close(sink);
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) buffer_free(buffers[i]);
  free(sink);
}
