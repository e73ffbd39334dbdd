/*
 * Drains the event queue of one session into buffers. An event that does not fit waits, half read, for the
 * next call; nothing is lost between two calls. There is no event handler: with one, destroying the session
 * from its thread would wait for itself.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "encode.h"
#include "library.h"
#include "log.h"
#include "shim.h"

enum { WAIT_MS_MAX = 250, EVENTS_MAX = 4096 };

typedef struct {
  const Library *library;
  void *session;
  Dictionary dictionary;
  uint32_t messageBytesMax;
  int isTimed;
  void *event, *iterator, *message, *following;
  int eventType;
} Poller;

static atomic_uint pollersOpen;

uint32_t tgb_version(void) {
  return TGB_VERSION;
}

int tgb_library_open(const char *path, void **library, char *text, uint32_t textSize) {
  Library *opened = NULL;
  int result = library_open(path, &opened, text, textSize);
  *library = opened;
  return result;
}

int tgb_logging_start(void *library, int severity) {
  return log_start(library, severity);
}

void *tgb_poller_open(void *library, void *session, uint32_t messageBytesMax, int isTimed) {
  Poller *poller = calloc(1, sizeof *poller);
  if (poller == NULL) return NULL;
  poller->library = library;
  poller->session = session;
  poller->messageBytesMax = messageBytesMax;
  poller->isTimed = isTimed;
  if (!dictionary_open(&poller->dictionary, library)) {
    free(poller);
    return NULL;
  }
  atomic_fetch_add(&pollersOpen, 1);
  return poller;
}

static void event_done(Poller *poller) {
  if (poller->iterator != NULL) poller->library->MessageIterator_destroy(poller->iterator);
  if (poller->event != NULL) poller->library->Event_release(poller->event);
  poller->event = poller->iterator = poller->message = poller->following = NULL;
}

void tgb_poller_close(void *handle) {
  Poller *poller = handle;
  if (poller == NULL) return;
  event_done(poller);
  dictionary_close(&poller->dictionary);
  free(poller);
  atomic_fetch_sub(&pollersOpen, 1);
}

uint32_t tgb_pollers_open(void) {
  return atomic_load(&pollersOpen);
}

static void *next_message(Poller *poller) {
  void *message = NULL;
  return poller->library->MessageIterator_next(poller->iterator, &message) == 0 ? message : NULL;
}

static void event_begin(Poller *poller, void *event) {
  poller->event = event;
  poller->eventType = poller->library->Event_eventType(event);
  if (poller->eventType == EVENT_TIMEOUT) {
    event_done(poller);
    return;
  }
  poller->iterator = poller->library->MessageIterator_create(event);
  poller->message = poller->iterator == NULL ? NULL : next_message(poller);
  if (poller->message == NULL) event_done(poller);
  else poller->following = next_message(poller);
}

/* Writes the messages of the event in hand; 0 when the next one does not fit. */
static int event_write(Poller *poller, Buffer *buffer) {
  while (poller->message != NULL) {
    Message message = {poller->message, poller->eventType, poller->following == NULL, poller->isTimed};
    uint32_t begin = buffer->head, unreadable = buffer->unreadable;
    encode_message(poller->library, &poller->dictionary, buffer, &message);
    if (buffer->isFull) {
      buffer->head = begin;
      buffer->unreadable = unreadable;
      buffer->isFull = 0;
      int isAlone = begin == BUFFER_HEADER && buffer->definitions == 0;
      if (!isAlone || buffer->capacity < poller->messageBytesMax) return 0;
      encode_too_large(poller->library, &poller->dictionary, buffer, &message, poller->messageBytesMax);
      if (buffer->isFull) buffer->head = begin;
      buffer->isFull = 0;
    }
    buffer->messages++;
    poller->message = poller->following;
    poller->following = poller->message == NULL ? NULL : next_message(poller);
  }
  event_done(poller);
  return 1;
}

static double monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Takes the next event if there is one; waits for it only when nothing is in the buffer yet. */
static int event_take(Poller *poller, Buffer *buffer, uint32_t timeoutMs, int *hasWaited) {
  void *event = NULL;
  if (poller->library->Session_tryNextEvent(poller->session, &event) != 0 || event == NULL) {
    if (*hasWaited || buffer->head > BUFFER_HEADER) return 0;
    *hasWaited = 1;
    event = NULL;
    int code = poller->library->Session_nextEvent(poller->session, &event, timeoutMs);
    if (code != 0) encode_error(poller->library, buffer, "nextEvent", code);
    if (code != 0 || event == NULL) return 0;
  }
  if (buffer->events == 0) buffer->takenAtMs = monotonic_ms();
  event_begin(poller, event);
  if (poller->event != NULL) buffer->events++;
  return 1;
}

static void header_write(const Buffer *buffer) {
  uint32_t words[10] = {BUFFER_MAGIC,     buffer->head, buffer->tail, buffer->definitions, buffer->events,
                        buffer->messages, 0,            0,            buffer->unreadable,  0};
  memcpy(buffer->bytes, words, sizeof words);
  memcpy(buffer->bytes + 24, &buffer->takenAtMs, 8);
}

int tgb_poll(void *handle, uint8_t *bytes, uint32_t capacity, uint32_t timeoutMs, uint32_t eventsMax) {
  Poller *poller = handle;
  Buffer buffer = {.bytes = bytes, .head = BUFFER_HEADER, .tail = capacity, .capacity = capacity};
  int hasWaited = 0, result = 0;
  if (capacity < BUFFER_HEADER) return TGB_MUST_GROW;
  if (timeoutMs < 1) timeoutMs = 1;
  if (timeoutMs > WAIT_MS_MAX) timeoutMs = WAIT_MS_MAX;
  if (eventsMax < 1 || eventsMax > EVENTS_MAX) eventsMax = EVENTS_MAX;
  log_drain(&buffer);
  buffer.takenAtMs = monotonic_ms();
  for (;;) {
    if (poller->event == NULL) {
      if (buffer.events >= eventsMax) {
        result |= TGB_HAS_MORE;
        break;
      }
      if (!event_take(poller, &buffer, timeoutMs, &hasWaited)) break;
    }
    if (poller->event != NULL && !event_write(poller, &buffer)) {
      result |= TGB_HAS_MORE;
      break;
    }
  }
  /* Again: what was logged about these events must not wait for a poll that may never come. */
  log_drain(&buffer);
  int hasContent = buffer.head > BUFFER_HEADER || buffer.definitions > 0;
  if (hasContent) result |= TGB_HAS_CONTENT;
  else if (poller->event != NULL) result |= TGB_MUST_GROW;
  header_write(&buffer);
  return result;
}
