/* The library's log lines on their way to the sessions: see log.c. */
#ifndef TIDEGATE_LOG_H
#define TIDEGATE_LOG_H

#include "abi.h"
#include "buffer.h"

int log_start(const Library *library, int severity);

/* Moves lines into the buffer until it or the ring is done. */
void log_drain(Buffer *buffer);

#endif
