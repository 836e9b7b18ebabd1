/* The options of an easy handle: those of the client, and those of one transfer. */
#ifndef TWILIO_EASY_OPTIONS_H
#define TWILIO_EASY_OPTIONS_H

#include "transport/easy.h"

#pragma GCC visibility push(hidden)

/* Sets every option that may differ from the previous transfer. Arguments as for easy_prepare. */
CURLcode easy_set_transfer(struct easy_handle *h, const struct transfer *t, int fresh_connect, int resumes_session);

/* Switches HTTP/2 off for this handle permanently. */
CURLcode easy_set_http1(struct easy_handle *h);

#pragma GCC visibility pop

#endif
