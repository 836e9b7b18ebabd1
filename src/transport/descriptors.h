/* Detects that no file descriptor is left. libcurl does not report this failure as such: it reports
 * a lack of memory, or a host that cannot be reached. */
#ifndef TWILIO_DESCRIPTORS_H
#define TWILIO_DESCRIPTORS_H

#pragma GCC visibility push(hidden)

/* Whether the errno value means that the process or the system has no descriptor left. */
int descriptors_error_is_exhausted(int error);

/* Whether no descriptor can be opened at this moment. Opens a socket and closes it again. */
int descriptors_are_exhausted(void);

/* The error text for this failure. */
extern const char descriptors_exhausted_reason[];

#pragma GCC visibility pop

#endif
