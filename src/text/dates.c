#include "text/dates.h"

#include <stdio.h>
#include <string.h>

#include "support/ascii.h"

/* Days since 1970-01-01 in the proleptic Gregorian calendar. The years of the calculation start in
 * March, so that the leap day is the last day of a year. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  month -= 1;
  year += month / 12;
  month %= 12;
  if (month < 0) month += 12, year--;
  year -= month < 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * ((month + 10) % 12) + 2) / 5;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year + day - 1 - 719468;
}

int64_t dates_from_civil(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute, int64_t second) {
  return ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

int dates_format(int64_t seconds, int with_time, char out[DATES_SIZE]) {
  int64_t day = seconds / 86400, rest = seconds % 86400;
  if (rest < 0) rest += 86400, day--;
  int64_t z = day + 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  int64_t doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153;
  int month = (int)(mp < 10 ? mp + 3 : mp - 9), mday = (int)(doy - (153 * mp + 2) / 5 + 1);
  int64_t year = yoe + era * 400 + (month <= 2);
  if (year < 0 || year > 9999) return 0;
  int n = snprintf(out, DATES_SIZE, "%04d-%02d-%02d", (int)year, month, mday);
  if (with_time) snprintf(out + n, DATES_SIZE - (size_t)n, "T%02d:%02d:%02dZ", (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
  return 1;
}

struct reader {
  const char *at, *end;
};

static int eat(struct reader *reader, char c) {
  return reader->at < reader->end && *reader->at == c ? (reader->at++, 1) : 0;
}

static void eat_blanks(struct reader *reader) {
  while (eat(reader, ' ')) {
  }
}

/* Reads between `least` and `most` digits. */
static int eat_number(struct reader *reader, int least, int most, int64_t *value) {
  int n = 0;
  *value = 0;
  while (n < most && reader->at < reader->end && is_digit(*reader->at)) *value = *value * 10 + (*reader->at++ - '0'), n++;
  return n >= least;
}

/* Reads one of the three-letter names, which follow one another in `names`. Case-sensitive. */
static int eat_name(struct reader *reader, const char *names, int64_t *index) {
  for (int64_t i = 0; names[i * 3]; i++) {
    if (reader->end - reader->at < 3 || memcmp(reader->at, names + i * 3, 3) != 0) continue;
    reader->at += 3;
    *index = i;
    return 1;
  }
  return 0;
}

static int is_day(int64_t year, int64_t month, int64_t day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= days_from_civil(year, month + 1, 1) - days_from_civil(year, month, 1);
}

/* Reads "+0000", "-07:00", "Z", "GMT" or "UTC". *offset is in seconds east of UTC. */
static int eat_zone(struct reader *reader, int64_t *offset) {
  int64_t hours, minutes, unused;
  *offset = 0;
  if (eat(reader, 'Z') || eat_name(reader, "GMTUTC", &unused)) return 1;
  int west = eat(reader, '-');
  if (!west && !eat(reader, '+')) return 0;
  if (!eat_number(reader, 2, 2, &hours)) return 0;
  eat(reader, ':');
  if (!eat_number(reader, 2, 2, &minutes) || hours > 23 || minutes > 59) return 0;
  *offset = (hours * 60 + minutes) * (west ? -60 : 60);
  return 1;
}

static int eat_clock(struct reader *reader, int64_t *hour, int64_t *minute, int64_t *second) {
  *second = 0;
  if (!eat_number(reader, 2, 2, hour) || !eat(reader, ':') || !eat_number(reader, 2, 2, minute)) return 0;
  if (eat(reader, ':') && !eat_number(reader, 2, 2, second)) return 0;
  int ends_day = *hour == 24 && *minute == 0 && *second == 0;
  return (*hour < 24 || ends_day) && *minute < 60 && *second < 61;
}

/* Second 60 is valid only at the end of a UTC day. It is counted as the first second of the next
 * day. */
static int is_second(int64_t second, int64_t seconds) {
  return second < 60 || seconds % 86400 == 0;
}

static int parse_iso(struct reader *reader, int64_t *seconds) {
  int64_t year, month, day, hour = 0, minute = 0, second = 0, offset = 0, fraction;
  if (!eat_number(reader, 4, 4, &year) || !eat(reader, '-') || !eat_number(reader, 2, 2, &month)) return 0;
  if (!eat(reader, '-') || !eat_number(reader, 2, 2, &day)) return 0;
  if (eat(reader, 'T') || eat(reader, ' ')) {
    if (!eat_clock(reader, &hour, &minute, &second)) return 0;
    if (eat(reader, '.') && !eat_number(reader, 1, 12, &fraction)) return 0;
    if (reader->at < reader->end && !eat_zone(reader, &offset)) return 0;
  }
  if (!is_day(year, month, day)) return 0;
  *seconds = dates_from_civil(year, month, day, hour, minute, second) - offset;
  return reader->at == reader->end && is_second(second, *seconds);
}

static int parse_rfc(struct reader *reader, int64_t *seconds) {
  int64_t weekday, year, month, day, hour, minute, second, offset;
  if (eat_name(reader, "SunMonTueWedThuFriSat", &weekday)) eat(reader, ',');
  eat_blanks(reader);
  if (!eat_number(reader, 1, 2, &day)) return 0;
  eat_blanks(reader);
  if (!eat_name(reader, "JanFebMarAprMayJunJulAugSepOctNovDec", &month)) return 0;
  eat_blanks(reader);
  if (!eat_number(reader, 4, 4, &year)) return 0;
  eat_blanks(reader);
  if (!eat_clock(reader, &hour, &minute, &second)) return 0;
  eat_blanks(reader);
  if (!eat_zone(reader, &offset) || !is_day(year, month + 1, day)) return 0;
  *seconds = dates_from_civil(year, month + 1, day, hour, minute, second) - offset;
  return reader->at == reader->end && is_second(second, *seconds);
}

int dates_parse(const char *text, size_t length, int64_t *seconds) {
  struct reader reader = {text, text + length};
  int iso = length > 4 && text[4] == '-';
  return iso ? parse_iso(&reader, seconds) : parse_rfc(&reader, seconds);
}
