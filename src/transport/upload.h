/* The body of an upload: the parts of a multipart form, or a file. Files are opened when an attempt
 * begins, and read while they are sent. A whole file is never in memory. */
#ifndef TWILIO_UPLOAD_H
#define TWILIO_UPLOAD_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdio.h>

#pragma GCC visibility push(hidden)

/* The texts are allocated by malloc. Each of them may be NULL. */
struct upload_part {
  char *name, *filename, *type;
  char *path; /* the file to send; NULL: `data` */
  char *data;
  size_t length;
  struct upload_part *next;
};

/* Without parts and without a path, the body is that of the transfer, and only hidden from logs. */
struct upload {
  struct upload_part *parts;
  char *path;         /* the file that is the whole body */
  const char *failed; /* the path of a file that could not be read in the last attempt, or NULL */
  int error;          /* the errno of this failure */
};

/* Sets the body of the easy handle. The caller frees *mime and closes *file after the transfer.
 * Returns CURLE_READ_ERROR if a file cannot be read. */
CURLcode upload_set(struct upload *upload, CURL *easy, curl_mime **mime, FILE **file);

/* Frees the upload, which malloc has allocated. `upload` may be NULL. */
void upload_delete(struct upload *upload);

#pragma GCC visibility pop

#endif
