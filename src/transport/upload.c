#include "transport/upload.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Opens a regular file, and sets *size. Returns NULL and stores the reason for any other file. */
static FILE *open_file(struct upload *u, const char *path, curl_off_t *size) {
  struct stat s;
  FILE *file = fopen(path, "rbe");
  u->failed = NULL;
  if (file && fstat(fileno(file), &s) == 0 && S_ISREG(s.st_mode)) {
    *size = (curl_off_t)s.st_size;
    return file;
  }
  u->failed = path;
  u->error = !file ? errno : S_ISDIR(s.st_mode) ? EISDIR : EINVAL;
  if (file) fclose(file);
  return NULL;
}

static size_t read_part(char *bytes, size_t one, size_t length, void *file) {
  size_t n = fread(bytes, one, length, file);
  return n == 0 && ferror(file) ? CURL_READFUNC_ABORT : n;
}

/* libcurl starts again at the first byte if a reused connection dies. */
static int seek_part(void *file, curl_off_t offset, int origin) {
  return fseeko(file, (off_t)offset, origin) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static void free_part(void *file) {
  fclose(file);
}

/* ---- multipart forms ---- */

static CURLcode set_content(struct upload *u, curl_mimepart *part, const struct upload_part *p) {
  curl_off_t size = 0;
  if (!p->path) return curl_mime_data(part, p->data, p->length);
  FILE *file = open_file(u, p->path, &size);
  if (!file) return CURLE_READ_ERROR;
  CURLcode code = curl_mime_data_cb(part, size, read_part, seek_part, free_part, file);
  if (code) fclose(file);
  return code;
}

static CURLcode add_part(struct upload *u, curl_mime *mime, const struct upload_part *p) {
  curl_mimepart *part = curl_mime_addpart(mime);
  CURLcode code = part ? curl_mime_name(part, p->name) : CURLE_OUT_OF_MEMORY;
  if (!code) code = set_content(u, part, p);
  if (!code && p->filename) code = curl_mime_filename(part, p->filename);
  if (!code && p->type) code = curl_mime_type(part, p->type);
  return code;
}

static CURLcode set_parts(struct upload *u, CURL *easy, curl_mime **mime) {
  CURLcode code = CURLE_OK;
  *mime = curl_mime_init(easy);
  if (!*mime) return CURLE_OUT_OF_MEMORY;
  for (const struct upload_part *p = u->parts; !code && p; p = p->next) code = add_part(u, *mime, p);
  return code ? code : curl_easy_setopt(easy, CURLOPT_MIMEPOST, *mime);
}

/* ---- files as bodies ---- */

static CURLcode set_file(struct upload *u, CURL *easy, FILE **file) {
  curl_off_t size = 0;
  CURLcode code;
  *file = open_file(u, u->path, &size);
  if (!*file) return CURLE_READ_ERROR;
  code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_part);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_READDATA, (void *)*file);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_part);
  return code ? code : curl_easy_setopt(easy, CURLOPT_SEEKDATA, (void *)*file);
}

CURLcode upload_set(struct upload *u, CURL *easy, curl_mime **mime, FILE **file) {
  if (u->parts) return set_parts(u, easy, mime);
  return u->path ? set_file(u, easy, file) : CURLE_OK;
}

void upload_delete(struct upload *u) {
  if (!u) return;
  for (struct upload_part *p = u->parts, *next; p; p = next) {
    char *const texts[] = {p->name, p->filename, p->type, p->path, p->data};
    next = p->next;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    free(p);
  }
  free(u->path);
  free(u);
}
