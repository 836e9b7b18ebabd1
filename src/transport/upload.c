#include "transport/upload.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Opens a regular file, and sets *size. Returns NULL and stores the reason for any other file. */
static FILE *open_file(struct upload *upload, const char *path, curl_off_t *size) {
  struct stat s;
  FILE *file = fopen(path, "rbe");
  upload->failed = NULL;
  if (file && fstat(fileno(file), &s) == 0 && S_ISREG(s.st_mode)) {
    *size = (curl_off_t)s.st_size;
    return file;
  }
  upload->failed = path;
  upload->error = !file ? errno : S_ISDIR(s.st_mode) ? EISDIR : EINVAL;
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

static CURLcode set_content(struct upload *upload, curl_mimepart *mime_part, const struct upload_part *part) {
  curl_off_t size = 0;
  if (!part->path) return curl_mime_data(mime_part, part->data, part->length);
  FILE *file = open_file(upload, part->path, &size);
  if (!file) return CURLE_READ_ERROR;
  CURLcode code = curl_mime_data_cb(mime_part, size, read_part, seek_part, free_part, file);
  if (code) fclose(file);
  return code;
}

static CURLcode add_part(struct upload *upload, curl_mime *mime, const struct upload_part *part) {
  curl_mimepart *mime_part = curl_mime_addpart(mime);
  CURLcode code = mime_part ? curl_mime_name(mime_part, part->name) : CURLE_OUT_OF_MEMORY;
  if (!code) code = set_content(upload, mime_part, part);
  if (!code && part->filename) code = curl_mime_filename(mime_part, part->filename);
  if (!code && part->type) code = curl_mime_type(mime_part, part->type);
  return code;
}

static CURLcode set_parts(struct upload *upload, CURL *easy, curl_mime **mime) {
  CURLcode code = CURLE_OK;
  *mime = curl_mime_init(easy);
  if (!*mime) return CURLE_OUT_OF_MEMORY;
  for (const struct upload_part *part = upload->parts; !code && part; part = part->next) code = add_part(upload, *mime, part);
  return code ? code : curl_easy_setopt(easy, CURLOPT_MIMEPOST, *mime);
}

/* ---- files as bodies ---- */

static CURLcode set_file(struct upload *upload, CURL *easy, FILE **file) {
  curl_off_t size = 0;
  CURLcode code;
  *file = open_file(upload, upload->path, &size);
  if (!*file) return CURLE_READ_ERROR;
  code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_part);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_READDATA, (void *)*file);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_part);
  return code ? code : curl_easy_setopt(easy, CURLOPT_SEEKDATA, (void *)*file);
}

CURLcode upload_set(struct upload *upload, CURL *easy, curl_mime **mime, FILE **file) {
  if (upload->parts) return set_parts(upload, easy, mime);
  return upload->path ? set_file(upload, easy, file) : CURLE_OK;
}

void upload_delete(struct upload *upload) {
  if (!upload) return;
  for (struct upload_part *part = upload->parts, *next; part; part = next) {
    char *const texts[] = {part->name, part->filename, part->type, part->path, part->data};
    next = part->next;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    free(part);
  }
  free(upload->path);
  free(upload);
}
