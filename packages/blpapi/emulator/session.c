/*
 * Sessions as callers see them: made, started, read, stopped, destroyed.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int lastNumber;

blpapi_Session_t *blpapi_Session_create(blpapi_SessionOptions_t *parameters, blpapi_EventHandler_t handler,
                                        blpapi_EventDispatcher_t *dispatcher, void *userData) {
  (void)dispatcher; /* every session with a handler has one thread of its own */
  Session *session = zeroed(sizeof *session);
  pthread_mutex_init(&session->lock, NULL);
  condition_open(&session->changed);
  if (parameters != NULL) {
    session->options = *parameters;
  } else {
    SessionOptions *defaults = blpapi_SessionOptions_create();
    session->options = *defaults;
    blpapi_SessionOptions_destroy(defaults);
  }
  session->scenario = scenario_for(session->options.addresses[0].host);
  session->number = atomic_fetch_add(&lastNumber, 1) + 1;
  session->handler = handler;
  session->userData = userData;
  session->probe = -1;
  session->originNs = monotonic_ns();
  session->silentUntil = INT64_MIN;
  if (session->options.hasIdentity) {
    session->identity = blpapi_Session_createIdentity(session);
    session->identityCid = session->options.identityCid;
  }
  alive(ALIVE_SESSIONS, 1);
  return session;
}

static void *dispatch(void *argument) {
  Session *session = argument;
  while (!atomic_load(&session->isEnding)) {
    Event *event = NULL;
    pthread_mutex_lock(&session->lock);
    await_event(session, &event, 20000000, true);
    pthread_mutex_unlock(&session->lock);
    if (blpapi_Event_eventType(event) != EVENT_TIMEOUT) session->handler(event, session, session->userData);
    blpapi_Event_release(event);
  }
  return NULL;
}

static int start_async(Session *session) {
  pthread_mutex_lock(&session->lock);
  int code = 0;
  if (session->state != SESSION_NEW) code = fail(ERROR_ILLEGAL_STATE, "Session is starting or started");
  else session_begin(session);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  if (code == 0 && session->handler != NULL)
    session->hasThread = pthread_create(&session->thread, NULL, dispatch, session) == 0;
  return code;
}

int blpapi_Session_startAsync(blpapi_Session_t *session) { return start_async(session); }

int blpapi_Session_start(blpapi_Session_t *session) {
  int code = start_async(session);
  if (code != 0) return code;
  pthread_mutex_lock(&session->lock);
  while (session->state == SESSION_STARTING) {
    session_advance(session);
    int64_t due = session_next_due(session);
    if (session->state != SESSION_STARTING) break;
    if (session->scenario->pace == PACE_MANUAL && due != INT64_MAX) {
      if (due > session->virtualNs) session->virtualNs = due;
      continue;
    }
    pthread_mutex_unlock(&session->lock);
    usleep(500);
    pthread_mutex_lock(&session->lock);
  }
  bool isStarted = session->state == SESSION_STARTED;
  pthread_mutex_unlock(&session->lock);
  return isStarted ? 0 : fail(ERROR_CONNECT_FAILED, "Session could not be started");
}

int blpapi_Session_stop(blpapi_Session_t *session) {
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  if (session->state == SESSION_STARTING) {
    tasks_clear(session);
    session->state = SESSION_STOPPED;
  }
  session_end(session, "Session stopped");
  pthread_mutex_unlock(&session->lock);
  return 0;
}

int blpapi_Session_stopAsync(blpapi_Session_t *session) { return blpapi_Session_stop(session); }

static void end_thread(Session *session) {
  atomic_store(&session->isEnding, true);
  if (!session->hasThread) return;
  pthread_mutex_lock(&session->lock);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  if (pthread_equal(pthread_self(), session->thread)) pthread_detach(session->thread);
  else pthread_join(session->thread, NULL);
}

void blpapi_Session_destroy(blpapi_Session_t *session) {
  if (session == NULL) return;
  blpapi_Session_stop(session);
  end_thread(session);
  queues_orphan(session);
  tasks_clear(session);
  subscriptions_free(session);
  instruments_free(session);
  batch_close(session);
  list_clear(&session->queue);
  identities_forget(session);
  if (session->probe >= 0) close(session->probe);
  scenario_free(session->scenario);
  pthread_cond_destroy(&session->changed);
  pthread_mutex_destroy(&session->lock);
  free(session);
  alive(ALIVE_SESSIONS, -1);
}

static int next(Session *session, Event **out, int64_t timeoutNs, bool mayWait) {
  if (session->handler != NULL)
    return fail(ERROR_ILLEGAL_STATE, "Events are delivered to the handler of this session");
  pthread_mutex_lock(&session->lock);
  int code = await_event(session, out, timeoutNs, mayWait);
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_Session_nextEvent(blpapi_Session_t *session, blpapi_Event_t **eventPointer,
                             unsigned int timeoutInMilliseconds) {
  return next(session, eventPointer, (int64_t)timeoutInMilliseconds * 1000000, true);
}

int blpapi_Session_tryNextEvent(blpapi_Session_t *session, blpapi_Event_t **eventPointer) {
  return next(session, eventPointer, 0, false);
}

/* Both kinds of ids end here: of subscriptions and of requests. An id that is not in use is no error. */
int blpapi_Session_cancel(blpapi_Session_t *session, const blpapi_CorrelationId_t *correlationIds,
                          size_t numCorrelationIds, const char *requestLabel, int requestLabelLen) {
  (void)requestLabel;
  (void)requestLabelLen;
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = session->state == SESSION_STARTED ? 0 : fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  for (size_t index = 0; code == 0 && index < numCorrelationIds; index++) {
    Subscription *found = subscription_find(session, &correlationIds[index]);
    if (found != NULL)
      subscription_fail(session, found, "SubscriptionTerminated", "CANCELED", 0, "Subscription cancelled");
    for (Task *task = tasks_take_requests(session, &correlationIds[index]); task != NULL;) {
      Task *after = task->next;
      task_free(task);
      task = after;
    }
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_AbstractSession_cancel(blpapi_AbstractSession_t *session,
                                  const blpapi_CorrelationId_t *correlationIds, size_t numCorrelationIds,
                                  const char *requestLabel, int requestLabelLen) {
  return blpapi_Session_cancel(session, correlationIds, numCorrelationIds, requestLabel, requestLabelLen);
}

int blpapi_Session_setStatusCorrelationId(blpapi_Session_t *session, const blpapi_Service_t *service,
                                          const blpapi_Identity_t *identity,
                                          const blpapi_CorrelationId_t *correlationId) {
  (void)session;
  (void)identity;
  if (service == NULL || correlationId == NULL)
    return fail(ERROR_ILLEGAL_ARG, "Null service or correlation id");
  return 0;
}

blpapi_AbstractSession_t *blpapi_Session_getAbstractSession(blpapi_Session_t *session) { return session; }

#if EMULATES_NEWER
int blpapi_AbstractSession_sessionName(blpapi_AbstractSession_t *session, const char **sessionName,
                                       size_t *size) {
  *sessionName = session->options.sessionName;
  *size = strlen(*sessionName);
  return 0;
}
#endif

struct blpapi_EventDispatcher {
  size_t threads;
};

blpapi_EventDispatcher_t *blpapi_EventDispatcher_create(size_t numDispatcherThreads) {
  blpapi_EventDispatcher_t *dispatcher = zeroed(sizeof *dispatcher);
  dispatcher->threads = numDispatcherThreads;
  return dispatcher;
}

void blpapi_EventDispatcher_destroy(blpapi_EventDispatcher_t *handle) { free(handle); }

int blpapi_EventDispatcher_start(blpapi_EventDispatcher_t *handle) {
  return handle == NULL ? fail(ERROR_ILLEGAL_ARG, "Null dispatcher") : 0;
}

int blpapi_EventDispatcher_stop(blpapi_EventDispatcher_t *handle, int async) {
  (void)async;
  return handle == NULL ? fail(ERROR_ILLEGAL_ARG, "Null dispatcher") : 0;
}
