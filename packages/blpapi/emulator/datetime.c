/*
 * Date-times with their parts, clocks, and how they read as text.
 */
#include "emulator.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Days since 1970-01-01 to year, month, day (proleptic Gregorian) and back. */
static void civil_of(int64_t days, blpapi_Datetime_t *out) {
  int64_t shifted = days + 719468;
  int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  int64_t dayOfEra = shifted - era * 146097;
  int64_t yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  int64_t month = (5 * dayOfYear + 2) / 153;
  out->day = (uint8_t)(dayOfYear - (153 * month + 2) / 5 + 1);
  out->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
  out->year = (uint16_t)(yearOfEra + era * 400 + (out->month <= 2 ? 1 : 0));
}

static int64_t days_of(const blpapi_Datetime_t *time) {
  int64_t year = time->month <= 2 ? time->year - 1 : time->year;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t yearOfEra = year - era * 400;
  int64_t shifted = time->month > 2 ? time->month - 3 : time->month + 9;
  int64_t dayOfYear = (153 * shifted + 2) / 5 + time->day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

Instant instant_of(int64_t unixNs, uint8_t parts) {
  const int64_t day = 86400LL * 1000000000;
  Instant out;
  memset(&out, 0, sizeof out);
  out.datetime.parts = parts;
  int64_t days = unixNs >= 0 ? unixNs / day : -((-unixNs + day - 1) / day);
  int64_t rest = unixNs - days * day;
  if (parts & PARTS_DATE) civil_of(days, &out.datetime);
  if (parts & PARTS_TIME) {
    out.datetime.hours = (uint8_t)(rest / 3600000000000);
    out.datetime.minutes = (uint8_t)(rest / 60000000000 % 60);
    out.datetime.seconds = (uint8_t)(rest / 1000000000 % 60);
  }
  if (parts & PART_FRACSECONDS) {
    out.datetime.milliSeconds = (uint16_t)(rest / 1000000 % 1000);
    out.picoseconds = (uint32_t)(rest % 1000000 * 1000);
  }
  return out;
}

int64_t instant_ns(const blpapi_Datetime_t *time) {
  int64_t seconds = (int64_t)time->hours * 3600 + time->minutes * 60 + time->seconds;
  if (time->parts & PART_YEAR) seconds += days_of(time) * 86400;
  if (time->parts & PART_OFFSET) seconds -= (int64_t)time->offset * 60;
  return seconds * 1000000000 + (int64_t)time->milliSeconds * 1000000;
}

int datetime_text(char *buffer, size_t size, const Instant *time) {
  const blpapi_Datetime_t *at = &time->datetime;
  size_t used = 0;
  buffer[0] = '\0';
  if (at->parts & PARTS_DATE)
    used += (size_t)snprintf(buffer + used, size - used, "%04u-%02u-%02u", at->year, at->month, at->day);
  if (at->parts & PARTS_TIME)
    used += (size_t)snprintf(buffer + used, size - used, "%s%02u:%02u:%02u", used > 0 ? "T" : "", at->hours,
                             at->minutes, at->seconds);
  if (at->parts & PART_FRACSECONDS) {
    used += (size_t)snprintf(buffer + used, size - used, ".%03u", at->milliSeconds);
    if (time->picoseconds != 0)
      used += (size_t)snprintf(buffer + used, size - used, "%09u", time->picoseconds);
  }
  if (at->parts & PART_OFFSET) {
    int offset = at->offset < 0 ? -at->offset : at->offset;
    used += (size_t)snprintf(buffer + used, size - used, "%c%02d:%02d", at->offset < 0 ? '-' : '+',
                             offset / 60, offset % 60);
  }
  return (int)used;
}

static int order(int64_t left, int64_t right) { return left < right ? -1 : left > right ? 1 : 0; }

int blpapi_Datetime_compare(blpapi_Datetime_t left, blpapi_Datetime_t right) {
  int byParts = order(left.parts, right.parts);
  return byParts != 0 ? byParts : order(instant_ns(&left), instant_ns(&right));
}

int blpapi_HighPrecisionDatetime_compare(const blpapi_HighPrecisionDatetime_t *left,
                                         const blpapi_HighPrecisionDatetime_t *right) {
  int coarse = blpapi_Datetime_compare(left->datetime, right->datetime);
  return coarse != 0 ? coarse : order(left->picoseconds, right->picoseconds);
}

int blpapi_HighPrecisionDatetime_print(const blpapi_HighPrecisionDatetime_t *datetime,
                                       blpapi_StreamWriter_t streamWriter, void *stream, int level,
                                       int spacesPerLevel) {
  char text[64];
  if (datetime == NULL || streamWriter == NULL) return fail(ERROR_ILLEGAL_ARG, "Nothing to print");
  int indent = level * (spacesPerLevel < 0 ? -spacesPerLevel : spacesPerLevel);
  for (int index = 0; index < indent; index++) streamWriter(" ", 1, stream);
  streamWriter(text, datetime_text(text, sizeof text, datetime), stream);
  if (spacesPerLevel >= 0) streamWriter("\n", 1, stream);
  return 0;
}

int blpapi_Datetime_print(const blpapi_Datetime_t *datetime, blpapi_StreamWriter_t streamWriter,
                          void *stream, int level, int spacesPerLevel) {
  if (datetime == NULL) return fail(ERROR_ILLEGAL_ARG, "Nothing to print");
  Instant precise = {.datetime = *datetime, .picoseconds = 0};
  return blpapi_HighPrecisionDatetime_print(&precise, streamWriter, stream, level, spacesPerLevel);
}

/* A time point is nanoseconds of the wall clock since 1970, UTC. */
int blpapi_HighPrecisionDatetime_fromTimePoint(blpapi_HighPrecisionDatetime_t *datetime,
                                               const blpapi_TimePoint_t *timePoint, short offset) {
  if (datetime == NULL || timePoint == NULL) return fail(ERROR_ILLEGAL_ARG, "Null date-time or time point");
  int64_t local = timePoint->d_value + (int64_t)offset * 60 * 1000000000;
  *datetime = instant_of(local, PARTS_DATE | PARTS_TIME | PART_FRACSECONDS | PART_OFFSET);
  datetime->datetime.offset = offset;
  return 0;
}

int blpapi_HighResolutionClock_now(blpapi_TimePoint_t *timePoint) {
  if (timePoint == NULL) return fail(ERROR_ILLEGAL_ARG, "Null time point");
  timePoint->d_value = wall_ns();
  return 0;
}

long long blpapi_TimePointUtil_nanosecondsBetween(const blpapi_TimePoint_t *start,
                                                  const blpapi_TimePoint_t *end) {
  return end->d_value - start->d_value;
}
