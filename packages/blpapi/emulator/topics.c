/*
 * Subscription strings: //service/prefix/security?fields=A,B&interval=2&conflate
 */
#include "topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take(char *out, size_t size, const char *from, size_t length) {
  if (length >= size) return false;
  memcpy(out, from, length);
  out[length] = '\0';
  return true;
}

static const char *read_option(const char *text, size_t length, Topic *out) {
  char option[fieldsMax];
  if (!take(option, sizeof option, text, length)) return "Subscription option is too long";
  char *value = strchr(option, '=');
  if (value != NULL) *value++ = '\0';
  if (strcmp(option, "fields") == 0 && value != NULL) {
    size_t used = strlen(out->fields);
    snprintf(out->fields + used, sizeof out->fields - used, "%s%s", used > 0 ? "," : "", value);
  } else if (strcmp(option, "interval") == 0 && value != NULL) {
    out->interval = strtod(value, NULL);
    if (out->interval < 0 || out->interval > 86400) return "Invalid interval";
  } else if (strcmp(option, "bar_size") == 0 && value != NULL) {
    out->barSize = strtod(value, NULL);
    if (out->barSize < 1 || out->barSize > 1440) return "Invalid bar_size";
  } else if (strcmp(option, "conflate") == 0) {
    out->isConflated = true;
  } else if (strcmp(option, "delayed") == 0) {
    out->isDelayed = true;
  }
  return NULL;
}

static const char *read_options(const char *text, Topic *out) {
  while (*text != '\0') {
    size_t length = strcspn(text, "&?");
    const char *problem = length == 0 ? NULL : read_option(text, length, out);
    if (problem != NULL) return problem;
    text += length + (text[length] != '\0');
  }
  return NULL;
}

const char *topic_reads(const SessionOptions *options, const char *text, Topic *out) {
  memset(out, 0, sizeof *out);
  size_t length = strcspn(text, "?");
  const char *end = text + length;
  const char *from = text;
  if (strncmp(from, "//", 2) == 0) {
    const char *slash = memchr(from + 2, '/', length - 2);
    if (slash == NULL) return "Invalid service in subscription string";
    const char *second = slash + 1;
    while (second < end && *second != '/') second++;
    if (!take(out->service, sizeof out->service, from, (size_t)(second - from)))
      return "Invalid service in subscription string";
    from = second;
  } else {
    snprintf(out->service, sizeof out->service, "%.63s", options->defaultSubscriptionService);
  }
  if (from < end && *from == '/') { /* a prefix as in /ticker/ */
    const char *close = from + 1;
    while (close < end && *close != '/') close++;
    from = close < end ? close + 1 : from + 1;
  }
  while (from < end && *from == ' ') from++;
  if (from == end) return "Empty topic in subscription string";
  if (!take(out->security, sizeof out->security, from, (size_t)(end - from)))
    return "Topic in subscription string is too long";
  return *end == '\0' ? NULL : read_options(end + 1, out);
}
