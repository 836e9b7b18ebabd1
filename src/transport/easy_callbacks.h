/* The callbacks of an easy handle: they receive the response, and stop unsafe starts. */
#ifndef TWILIO_EASY_CALLBACKS_H
#define TWILIO_EASY_CALLBACKS_H

#include "transport/easy.h"

#pragma GCC visibility push(hidden)

/* Sets the options of all callbacks, and `has_prereq`. */
CURLcode easy_callbacks_set(struct easy_handle *h);

/* Decides whether libcurl closes the connection after the transfer. */
void easy_forbid_reuse(struct easy_handle *h, int forbids_reuse);

#pragma GCC visibility pop

#endif
