/*
 * Services of a session: opening them, and which are open, down or not to be had.
 */
#include "session.h"

#include <string.h>

bool service_is_open(const Session *session, const Service *service) {
  for (size_t index = 0; index < session->openCount; index++)
    if (session->open[index] == service) return true;
  return false;
}

bool service_is_down(const Session *session, const Service *service) {
  for (size_t index = 0; index < session->downCount; index++)
    if (session->down[index] == service) return true;
  return false;
}

bool service_is_unavailable(const Session *session, const char *uri) {
  for (size_t index = 0; index < session->scenario->unavailableCount; index++)
    if (strcmp(session->scenario->unavailable[index], uri) == 0) return true;
  return false;
}

void service_opened(Session *session, Service *service) {
  if (!service_is_open(session, service) && session->openCount < openMax)
    session->open[session->openCount++] = service;
}

static void report(Session *session, const char *uri, const CorrelationId *cid) {
  Message *message;
  Service *service = service_of(uri);
  bool isOpened = service != NULL && session->isConnected && !service_is_unavailable(session, uri);
  const char *outcome = isOpened ? "ServiceOpened" : "ServiceOpenFailure";
  Event *event = status_event(session, EVENT_SERVICE_STATUS, outcome, cid, &message);
  put_text(&message->root, "serviceName", uri);
  if (isOpened) {
    message->service = service;
    service_opened(session, service);
  } else {
    put_reason(&message->root, "reason", "emulator", "IO_ERROR", 5, "Failed to open service", NULL);
  }
  deliver(session, event);
}

static void report_task(Session *session, Task *task) { report(session, task->command.subject, &task->cid); }

static int open_later(Session *session, const char *uri, CorrelationId *cid) {
  if (uri == NULL || strlen(uri) >= sizeof(((Command *)0)->subject))
    return fail(ERROR_ILLEGAL_ARG, "Invalid service name");
  if (session->state != SESSION_STARTED) return fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  cid_settle(cid);
  Task *task = task_add(session, session->scenario->serviceNs, report_task);
  task->cid = *cid;
  strcpy(task->command.subject, uri);
  return 0;
}

int blpapi_Session_openServiceAsync(blpapi_Session_t *session, const char *serviceName,
                                    blpapi_CorrelationId_t *correlationId) {
  CorrelationId own;
  memset(&own, 0, sizeof own);
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = open_later(session, serviceName, correlationId == NULL ? &own : correlationId);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  return code;
}

/* Waits for nothing but the answer, which it gives at once; the event follows in the queue all the same. */
int blpapi_Session_openService(blpapi_Session_t *session, const char *serviceName) {
  CorrelationId cid;
  memset(&cid, 0, sizeof cid);
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = 0;
  if (session->state != SESSION_STARTED) {
    code = fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  } else {
    cid_settle(&cid);
    report(session, serviceName, &cid);
    Service *service = service_of(serviceName);
    if (service == NULL || !service_is_open(session, service))
      code = fail(ERROR_SERVICE_NOT_FOUND, "Service '%.120s' could not be opened.", serviceName);
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_Session_getService(blpapi_Session_t *session, blpapi_Service_t **service,
                              const char *serviceName) {
  Service *found = serviceName == NULL ? NULL : service_of(serviceName);
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  bool isOpen = found != NULL && service_is_open(session, found);
  pthread_mutex_unlock(&session->lock);
  if (!isOpen)
    return fail(ERROR_SERVICE_NOT_FOUND, "Service '%.120s' not found.",
                serviceName == NULL ? "" : serviceName);
  *service = found;
  return 0;
}

int blpapi_AbstractSession_openServiceAsync(blpapi_AbstractSession_t *session, const char *serviceIdentifier,
                                            blpapi_CorrelationId_t *correlationId) {
  return blpapi_Session_openServiceAsync(session, serviceIdentifier, correlationId);
}

int blpapi_AbstractSession_getService(blpapi_AbstractSession_t *session, blpapi_Service_t **service,
                                      const char *serviceIdentifier) {
  return blpapi_Session_getService(session, service, serviceIdentifier);
}
