/* The result of a transfer: its code, its reason and its times. */
#ifndef TWILIO_EASY_RESULT_H
#define TWILIO_EASY_RESULT_H

#include "transport/easy.h"

#pragma GCC visibility push(hidden)

/* Whether bytes of the current transfer's request may have been sent. */
int easy_has_started(const struct easy_handle *h);

/* Writes the result into the transfer. `code` and `why` come from libcurl or from the engine. If
 * `why` is NULL, libcurl's error text is used. A failure set by a callback takes precedence. */
void easy_report(const struct easy_handle *h, CURLcode code, const char *why);

#pragma GCC visibility pop

#endif
