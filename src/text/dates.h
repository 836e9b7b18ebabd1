/* Dates as Twilio writes and reads them, always UTC, without the C library's
 * time zone or locale. */
#ifndef TWILIO_DATES_H
#define TWILIO_DATES_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { DATES_SIZE = 32 };

/* Writes 2009-07-06T20:30:00Z, or 2009-07-06 without the time. Returns 0 when
 * the year is not one of 0000 to 9999. */
int dates_format(int64_t seconds, int with_time, char out[DATES_SIZE]);

/* Seconds since the epoch of a calendar date; months, days and the rest may lie
 * outside their ranges and are carried over. */
int64_t dates_from_civil(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute, int64_t second);

/* Reads RFC 2822 ("Tue, 31 Aug 2010 20:36:28 +0000") and ISO 8601
 * ("2010-08-31T20:36:28Z", "2010-08-31", an offset, a fraction that is
 * dropped), told apart by their shape. Returns 0 for anything else, and for a
 * date that does not exist: a 30th of February, 24:01, a zone of +24:00.
 * 24:00:00 and the leap second 23:59:60 UTC are 00:00:00 of the next day. */
int dates_parse(const char *text, size_t length, int64_t *seconds);

#pragma GCC visibility pop

#endif
