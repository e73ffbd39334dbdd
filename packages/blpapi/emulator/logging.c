/*
 * Log lines: to the registered callback, otherwise warnings and errors to standard output, exactly where
 * the genuine library puts them. An operator's program registers a callback before its first session.
 */
#include "emulator.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t logLock = PTHREAD_MUTEX_INITIALIZER;
static blpapi_Logging_Func_t logCallback;
static int logThreshold = SEVERITY_WARN;

static const char *const severities[] = {"OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                     "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

int blpapi_Logging_registerCallback(blpapi_Logging_Func_t callback, int thresholdSeverity) {
  if (thresholdSeverity < SEVERITY_OFF || thresholdSeverity > 6)
    return fail(ERROR_ILLEGAL_ARG, "Invalid severity");
  pthread_mutex_lock(&logLock);
  logCallback = callback;
  logThreshold = callback == NULL ? SEVERITY_WARN : thresholdSeverity;
  pthread_mutex_unlock(&logLock);
  return 0;
}

void log_line(int severity, const char *place, const char *category, const char *format, ...) {
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  pthread_mutex_lock(&logLock);
  blpapi_Logging_Func_t callback = logCallback;
  bool isWanted = severity <= logThreshold;
  pthread_mutex_unlock(&logLock);
  if (!isWanted) return;
  Instant now = instant_of(wall_ns(), PARTS_DATE | PARTS_TIME | PART_FRACSECONDS | PART_OFFSET);
  const blpapi_Datetime_t *at = &now.datetime;
  if (callback != NULL) {
    callback((uint64_t)pthread_self(), severity, *at, category, message);
    return;
  }
  printf("\n%02u%s%u_%02u:%02u:%02u.%03u %d:%llu %s %s %s %s \n", at->day, months[at->month - 1], at->year,
         at->hours, at->minutes, at->seconds, at->milliSeconds, (int)getpid(),
         (unsigned long long)pthread_self(), severities[severity], place, category, message);
  fflush(stdout);
}

void blpapi_Logging_logTestMessage(int severity) {
  if (severity < SEVERITY_FATAL || severity > 6) return;
  log_line(severity, "logging.c", "blpapi.emulator", "Test message");
}

#if EMULATES_NEWER
int blpapi_Logging_configureLogging(int level, const char *fileName, int files, int fileLimit) {
  (void)fileName;
  if (level < SEVERITY_OFF || level > 6 || files < 0 || fileLimit < 0)
    return fail(ERROR_ILLEGAL_ARG, "Invalid logging configuration");
  pthread_mutex_lock(&logLock);
  logThreshold = level;
  pthread_mutex_unlock(&logLock);
  return 0;
}
#endif
