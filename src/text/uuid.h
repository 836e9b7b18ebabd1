/* UUIDs of version 7 (RFC 9562): 128 bits that begin with the time. UUIDs of one process sort in the
 * order in which they were made, unless the clock is set back. */
#ifndef TWILIO_UUID_H
#define TWILIO_UUID_H

#pragma GCC visibility push(hidden)

enum { UUID_SIZE = 37 }; /* bytes of the text, including its NUL */

/* Writes a new UUID, such as 01890a5d-aa0f-7c80-b8e6-0242ac140004. Threads and forked processes
 * never get the same one. Returns 0 if the system has no random numbers. */
int uuid_new(char out[UUID_SIZE]);

#pragma GCC visibility pop

#endif
