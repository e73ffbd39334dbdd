/*
 * Events, their messages and the queues they wait in. Everything of an event lies in its own memory and is
 * gone with its last reference; nothing in it points into a session.
 */
#include "emulator.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

Event *event_new(int type, size_t bytes) {
  Arena arena = {NULL};
  if (bytes > 0) {
    arena.first = malloc(sizeof(Chunk) + 8 + bytes);
    if (arena.first == NULL) abort();
    arena.first->next = NULL;
    arena.first->size = bytes;
    arena.first->used = 0;
  }
  Event *event = malloc(sizeof *event);
  if (event == NULL) abort();
  memset(event, 0, sizeof *event);
  event->arena = arena;
  event->type = type;
  atomic_init(&event->references, 1);
  alive(ALIVE_EVENTS, 1);
  return event;
}

void event_append(Event *event, Message *message) {
  message->event = event;
  message->next = NULL;
  if (event->last == NULL)
    event->first = message;
  else
    event->last->next = message;
  event->last = message;
  event->messageCount++;
}

Message *message_add(Event *event, Definition *definition, const CorrelationId *cids, uint32_t cidCount) {
  Message *message = arena_take(&event->arena, sizeof *message);
  memset(message, 0, sizeof *message);
  if (cidCount > 0) {
    CorrelationId *copy = arena_take(&event->arena, cidCount * sizeof *copy);
    memcpy(copy, cids, cidCount * sizeof *copy);
    message->cids = copy;
  }
  message->cidCount = cidCount;
  element_open(&message->root, definition, &event->arena);
  event_append(event, message);
  return message;
}

int blpapi_Event_eventType(const blpapi_Event_t *event) { return event->type; }

int blpapi_Event_addRef(const blpapi_Event_t *event) {
  atomic_fetch_add(&((Event *)event)->references, 1);
  return 0;
}

int blpapi_Event_release(const blpapi_Event_t *constant) {
  Event *event = (Event *)constant;
  if (event == NULL) return fail(ERROR_ILLEGAL_ARG, "Null event");
  if (atomic_fetch_sub(&event->references, 1) != 1) return 0;
  arena_free(&event->arena);
  free(event);
  alive(ALIVE_EVENTS, -1);
  return 0;
}

void list_append(EventList *list, Event *event) {
  event->next = NULL;
  if (list->last == NULL)
    list->first = event;
  else
    list->last->next = event;
  list->last = event;
  list->count++;
}

void list_prepend(EventList *list, Event *event) {
  event->next = list->first;
  list->first = event;
  if (list->last == NULL) list->last = event;
  list->count++;
}

Event *list_take(EventList *list) {
  Event *event = list->first;
  if (event == NULL) return NULL;
  list->first = event->next;
  if (list->first == NULL) list->last = NULL;
  list->count--;
  event->next = NULL;
  return event;
}

void list_clear(EventList *list) {
  for (Event *event = list_take(list); event != NULL; event = list_take(list)) blpapi_Event_release(event);
}

struct blpapi_MessageIterator {
  const Event *event;
  Message *next;
};

blpapi_MessageIterator_t *blpapi_MessageIterator_create(const blpapi_Event_t *event) {
  if (event == NULL) return NULL;
  blpapi_MessageIterator_t *iterator = malloc(sizeof *iterator);
  if (iterator == NULL) abort();
  blpapi_Event_addRef(event);
  iterator->event = event;
  iterator->next = event->first;
  return iterator;
}

int blpapi_MessageIterator_next(blpapi_MessageIterator_t *iterator, blpapi_Message_t **result) {
  if (iterator->next == NULL) return 1;
  *result = iterator->next;
  iterator->next = iterator->next->next;
  return 0;
}

void blpapi_MessageIterator_destroy(blpapi_MessageIterator_t *iterator) {
  if (iterator == NULL) return;
  blpapi_Event_release(iterator->event);
  free(iterator);
}

blpapi_Name_t *blpapi_Message_messageType(const blpapi_Message_t *message) {
  return message->root.definition->name;
}

const char *blpapi_Message_typeString(const blpapi_Message_t *message) {
  return element_name(&message->root);
}

const char *blpapi_Message_topicName(const blpapi_Message_t *message) {
  (void)message;
  return ""; /* deprecated in the genuine library: the correlation id says which subscription it is */
}

blpapi_Service_t *blpapi_Message_service(const blpapi_Message_t *message) { return message->service; }

int blpapi_Message_numCorrelationIds(const blpapi_Message_t *message) { return (int)message->cidCount; }

blpapi_CorrelationId_t blpapi_Message_correlationId(const blpapi_Message_t *message, size_t index) {
  CorrelationId unset;
  memset(&unset, 0, sizeof unset);
  return index < message->cidCount ? message->cids[index] : unset;
}

blpapi_Element_t *blpapi_Message_elements(const blpapi_Message_t *message) {
  return (Element *)&message->root;
}

int blpapi_Message_fragmentType(const blpapi_Message_t *message) { return message->fragment; }

int blpapi_Message_timeReceived(const blpapi_Message_t *message, blpapi_TimePoint_t *timeReceived) {
  timeReceived->d_value = message->receivedNs;
  return 0;
}

int blpapi_Message_addRef(const blpapi_Message_t *message) { return blpapi_Event_addRef(message->event); }

int blpapi_Message_release(const blpapi_Message_t *message) { return blpapi_Event_release(message->event); }

#if EMULATES_NEWER
int blpapi_Message_recapType(const blpapi_Message_t *message) { return message->recap; }

int blpapi_Message_getRequestId(const blpapi_Message_t *message, const char **requestId) {
  *requestId = message->requestId;
  return 0;
}

int blpapi_Message_print(const blpapi_Message_t *message, blpapi_StreamWriter_t streamWriter, void *stream,
                         int indentLevel, int spacesPerLevel) {
  return element_print(&message->root, streamWriter, stream, indentLevel, spacesPerLevel);
}
#endif
