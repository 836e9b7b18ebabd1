/* The limit of open file descriptors. libcurl reports that it could not open one as a lack of
 * memory, or as a host that does not answer. */
#ifndef TWILIO_DESCRIPTORS_H
#define TWILIO_DESCRIPTORS_H

#pragma GCC visibility push(hidden)

/* Whether an errno says that the process or the system has no descriptor left. */
int descriptors_error_is_exhausted(int error);

/* Whether no descriptor can be opened at this moment. Opens a socket and closes it again. */
int descriptors_are_exhausted(void);

/* The reason to report, a sentence with advice. */
extern const char descriptors_exhausted_reason[];

#pragma GCC visibility pop

#endif
