/*
 * Queues of the caller's own, into which the answers of single requests can be sent.
 */
#include "session.h"

#include <stdlib.h>
#include <time.h>

static pthread_mutex_t adoptionLock = PTHREAD_MUTEX_INITIALIZER;

void condition_open(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

blpapi_EventQueue_t *blpapi_EventQueue_create(void) {
  EventQueue *queue = zeroed(sizeof *queue);
  pthread_mutex_init(&queue->lock, NULL);
  condition_open(&queue->changed);
  return queue;
}

/* Answers that were still to come into a queue that is no more are dropped. */
static void forget(Session *session, const EventQueue *queue) {
  pthread_mutex_lock(&session->lock);
  for (Task *task = session->firstTask; task != NULL; task = task->next) {
    if (task->queue != queue) continue;
    if (task->event != NULL) blpapi_Event_release(task->event);
    task->event = NULL;
    task->queue = NULL;
  }
  pthread_mutex_unlock(&session->lock);
}

int blpapi_EventQueue_destroy(blpapi_EventQueue_t *eventQueue) {
  if (eventQueue == NULL) return 0;
  pthread_mutex_lock(&adoptionLock);
  Session *session = eventQueue->session;
  if (session != NULL) {
    size_t index = 0;
    while (index < session->queueCount && session->queues[index] != eventQueue) index++;
    if (index < session->queueCount) session->queues[index] = session->queues[--session->queueCount];
  }
  pthread_mutex_unlock(&adoptionLock);
  if (session != NULL) forget(session, eventQueue);
  list_clear(&eventQueue->events);
  pthread_cond_destroy(&eventQueue->changed);
  pthread_mutex_destroy(&eventQueue->lock);
  free(eventQueue);
  return 0;
}

/* From now on the session's time passes while somebody waits on this queue. */
void queue_adopt(Session *session, EventQueue *queue) {
  if (queue == NULL) return;
  pthread_mutex_lock(&adoptionLock);
  if (queue->session == NULL && session->queueCount < queuesMax) {
    queue->session = session;
    session->queues[session->queueCount++] = queue;
  }
  pthread_mutex_unlock(&adoptionLock);
}

void queues_orphan(Session *session) {
  pthread_mutex_lock(&adoptionLock);
  for (size_t index = 0; index < session->queueCount; index++) session->queues[index]->session = NULL;
  session->queueCount = 0;
  pthread_mutex_unlock(&adoptionLock);
}

void queue_deliver(EventQueue *queue, Event *event) {
  pthread_mutex_lock(&queue->lock);
  list_append(&queue->events, event);
  pthread_cond_broadcast(&queue->changed);
  pthread_mutex_unlock(&queue->lock);
}

int blpapi_EventQueue_tryNextEvent(blpapi_EventQueue_t *eventQueue, blpapi_Event_t **eventPointer) {
  Session *session = eventQueue->session;
  if (session != NULL) {
    pthread_mutex_lock(&session->lock);
    session_advance(session);
    pthread_mutex_unlock(&session->lock);
  }
  pthread_mutex_lock(&eventQueue->lock);
  *eventPointer = list_take(&eventQueue->events);
  pthread_mutex_unlock(&eventQueue->lock);
  return *eventPointer == NULL ? 1 : 0;
}

static const int64_t pollNs = 1000000;

blpapi_Event_t *blpapi_EventQueue_nextEvent(blpapi_EventQueue_t *eventQueue, int timeout) {
  Event *event = NULL;
  int64_t deadline = timeout == 0 ? INT64_MAX : monotonic_ns() + (int64_t)timeout * 1000000;
  while (blpapi_EventQueue_tryNextEvent(eventQueue, &event) != 0) {
    Session *session = eventQueue->session;
    int64_t now = monotonic_ns();
    if (now >= deadline) return event_new(EVENT_TIMEOUT, 0);
    if (session != NULL && session->scenario->pace == PACE_MANUAL) {
      pthread_mutex_lock(&session->lock);
      int64_t due = session_next_due(session);
      if (due != INT64_MAX && due > session->virtualNs) session->virtualNs = due;
      pthread_mutex_unlock(&session->lock);
      if (due != INT64_MAX) continue;
    }
    struct timespec at = {.tv_sec = (now + pollNs) / 1000000000, .tv_nsec = (now + pollNs) % 1000000000};
    pthread_mutex_lock(&eventQueue->lock);
    if (eventQueue->events.count == 0) pthread_cond_timedwait(&eventQueue->changed, &eventQueue->lock, &at);
    pthread_mutex_unlock(&eventQueue->lock);
  }
  return event;
}

int blpapi_EventQueue_purge(blpapi_EventQueue_t *eventQueue) {
  pthread_mutex_lock(&eventQueue->lock);
  list_clear(&eventQueue->events);
  pthread_mutex_unlock(&eventQueue->lock);
  return 0;
}
