/* Dates in Twilio's formats, always in UTC. The time zone and the locale of the process have no
 * effect. */
#ifndef TWILIO_DATES_H
#define TWILIO_DATES_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { DATES_SIZE = 32 };

/* Writes a date such as 2009-07-06T20:30:00Z, or 2009-07-06 if with_time is 0. Returns 0 if the
 * year is outside 0000 to 9999. */
int dates_format(int64_t seconds, int with_time, char out[DATES_SIZE]);

/* Converts a calendar date to seconds since the epoch. Values outside their range are carried over:
 * month 13 is January of the next year. */
int64_t dates_from_civil(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute, int64_t second);

/* Reads RFC 2822 ("Tue, 31 Aug 2010 20:36:28 +0000") and ISO 8601 ("2010-08-31T20:36:28Z",
 * "2010-08-31"). A time in ISO 8601 may have an offset and a fraction of a second. The fraction is
 * dropped. Without an offset the time is UTC. Returns 0 for any other text, and for a date that
 * does not exist: 30 February, 24:01, a zone of +24:00. The time 24:00:00 and the leap second
 * 23:59:60 UTC are read as 00:00:00 of the next day. */
int dates_parse(const char *text, size_t length, int64_t *seconds);

#pragma GCC visibility pop

#endif
