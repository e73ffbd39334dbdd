/*
 * What the shim exports to `src/shim.ts`. A library is opened once per path and stays for the life of the
 * process; a poller reads one session and must be used by one thread at a time. No function here waits longer
 * than the time-out given to `tgb_poll`.
 */
#ifndef TIDEGATE_SHIM_H
#define TIDEGATE_SHIM_H

#include <stdint.h>

#define TGB_EXPORT __attribute__((visibility("default")))

/* Raised whenever the buffer's layout or a signature changes; checked by `src/shim.ts`. */
#define TGB_VERSION 1

enum {
  TGB_OPENED = 0,
  TGB_LOAD_FAILED = 1,
  TGB_SYMBOL_MISSING = 2,
  TGB_TOO_MANY_LIBRARIES = 3,
};

/* Result bits of tgb_poll. */
enum {
  TGB_HAS_CONTENT = 1, /* The buffer holds something to decode. */
  TGB_HAS_MORE = 2,    /* Events may be waiting: poll again without a pause. */
  TGB_MUST_GROW = 4,   /* The next message needs a larger buffer. */
};

TGB_EXPORT uint32_t tgb_version(void);

/* Opens the library at `path`. On failure `text` tells the loader's words or the missing symbol. */
TGB_EXPORT int tgb_library_open(const char *path, void **library, char *text, uint32_t textSize);

/* Routes the library's log to the ring; before the first session. 0, or the library's code. */
TGB_EXPORT int tgb_logging_start(void *library, int severity);

TGB_EXPORT void *tgb_poller_open(void *library, void *session, uint32_t messageBytesMax, int isTimed);

/* Drains up to `eventsMax` events into `buffer`; waits at most `timeoutMs` (1..250) when there are none. */
TGB_EXPORT int tgb_poll(void *poller, uint8_t *buffer, uint32_t capacity, uint32_t timeoutMs,
                        uint32_t eventsMax);

/* Releases what an unfinished poll still holds; before the session is destroyed. */
TGB_EXPORT void tgb_poller_close(void *poller);

/* Pollers open in the process: what a leak check counts. */
TGB_EXPORT uint32_t tgb_pollers_open(void);

#endif
