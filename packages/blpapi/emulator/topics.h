/* A subscription string taken apart; topics.c reads it. */
#ifndef TIDEGATE_TOPICS_H
#define TIDEGATE_TOPICS_H

#include "session.h"

enum { fieldsMax = 4096 };

typedef struct {
  char service[64];
  char security[256];
  char fields[fieldsMax]; /* with commas */
  double interval;        /* s; 0: every tick */
  double barSize;         /* minutes */
  bool isConflated;
  bool isDelayed;
} Topic;

/* NULL, or what is wrong with the string. */
const char *topic_reads(const SessionOptions *options, const char *text, Topic *out);

#endif
