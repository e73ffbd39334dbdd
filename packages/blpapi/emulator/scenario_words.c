/*
 * The words of scenario lines, durations and commands.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Splits at blanks; "quoted text" is one word; # ends the line. False when it does not fit. */
bool words_read(const char *line, Words *out) {
  out->count = 0;
  if (strlen(line) >= sizeof out->text) return false;
  char *to = out->text;
  for (const char *from = line;;) {
    while (*from == ' ' || *from == '\t' || *from == '\r' || *from == '\n') from++;
    if (*from == '\0' || *from == '#') return true;
    if (out->count == wordsMax) return false;
    out->words[out->count++] = to;
    bool isQuoted = *from == '"';
    if (isQuoted) from++;
    while (*from != '\0' && (isQuoted ? *from != '"' : !strchr(" \t\r\n", *from))) *to++ = *from++;
    if (isQuoted && *from++ != '"') return false;
    *to++ = '\0';
  }
}

bool number_reads(const char *word, double *out) {
  char *end;
  *out = strtod(word, &end);
  return end != word && *end == '\0';
}

/* 250us, 5ms, 2s, 1m as nanoseconds. */
bool duration_reads(const char *word, int64_t *out) {
  static const struct {
    const char *unit;
    double ns;
  } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}};
  char *end;
  double amount = strtod(word, &end);
  if (end == word || amount < 0 || amount > 1e9) return false;
  for (size_t index = 0; index < sizeof units / sizeof *units; index++) {
    if (strcmp(end, units[index].unit) != 0) continue;
    *out = (int64_t)(amount * units[index].ns);
    return true;
  }
  return false;
}

static bool is(const Words *words, size_t index, const char *text) {
  return index < words->count && strcmp(words->words[index], text) == 0;
}

typedef enum { TAKES_NOTHING, TAKES_SUBJECT, TAKES_NUMBER } Takes;

static const struct {
  const char *first;
  const char *second; /* NULL: one word only */
  Deed deed;
  Takes takes;
} deeds[] = {
    {"connection", "down", DO_CONNECTION_DOWN, TAKES_NOTHING},
    {"connection", "up", DO_CONNECTION_UP, TAKES_NOTHING},
    {"service", "down", DO_SERVICE_DOWN, TAKES_SUBJECT},
    {"service", "up", DO_SERVICE_UP, TAKES_SUBJECT},
    {"terminate", NULL, DO_TERMINATE, TAKES_NOTHING},
    {"burst", NULL, DO_BURST, TAKES_NUMBER},
    {"lose", NULL, DO_LOSE, TAKES_SUBJECT},
    {"revoke", NULL, DO_REVOKE, TAKES_NOTHING},
    {"end", NULL, DO_END, TAKES_SUBJECT},
    {"silence", NULL, DO_SILENCE, TAKES_NOTHING},
    {"delay", NULL, DO_DELAY, TAKES_SUBJECT},
    {"realtime", NULL, DO_REALTIME, TAKES_SUBJECT},
    {"deactivate", NULL, DO_DEACTIVATE, TAKES_SUBJECT},
    {"activate", NULL, DO_ACTIVATE, TAKES_SUBJECT},
    {"requests", "fail", DO_FAIL_REQUESTS, TAKES_NOTHING},
};

static bool read_arguments(const Words *words, size_t index, Takes takes, Command *out) {
  double number;
  if (takes == TAKES_NUMBER) {
    if (index >= words->count || !number_reads(words->words[index++], &number) || number < 1 || number > 1e9)
      return false;
    out->number = (int64_t)number;
  } else if (takes == TAKES_SUBJECT && index < words->count && !is(words, index, "for") &&
             !is(words, index, "category")) {
    const char *subject = words->words[index++];
    snprintf(out->subject, sizeof out->subject, "%s", strcmp(subject, "*") == 0 ? "" : subject);
  }
  while (index < words->count) {
    if (is(words, index, "for") && index + 1 < words->count &&
        duration_reads(words->words[index + 1], &out->durationNs))
      index += 2;
    else if (is(words, index, "category") && index + 1 < words->count)
      snprintf(out->category, sizeof out->category, "%.31s", words->words[index + 1]), index += 2;
    else
      return false;
  }
  return true;
}

bool command_reads(const char *text, Command *out) {
  Words words;
  memset(out, 0, sizeof *out);
  if (!words_read(text, &words) || words.count == 0) return false;
  for (size_t index = 0; index < sizeof deeds / sizeof *deeds; index++) {
    if (!is(&words, 0, deeds[index].first)) continue;
    if (deeds[index].second != NULL && !is(&words, 1, deeds[index].second)) continue;
    out->deed = deeds[index].deed;
    return read_arguments(&words, deeds[index].second == NULL ? 1 : 2, deeds[index].takes, out);
  }
  return false;
}
