/*
 * Snapshot request templates (newer versions): made once for a subscription string, then sent as requests
 * that are answered with the image.
 */
#include "topics.h"

#if EMULATES_NEWER

#include <stdlib.h>
#include <string.h>

struct blpapi_RequestTemplate {
  char security[256];
};

int blpapi_Session_createSnapshotRequestTemplate(blpapi_RequestTemplate_t **requestTemplate,
                                                 blpapi_Session_t *session, const char *subscriptionString,
                                                 const blpapi_Identity_t *identity,
                                                 blpapi_CorrelationId_t *correlationId) {
  Topic topic;
  Message *message;
  (void)identity;
  if (subscriptionString == NULL || correlationId == NULL)
    return fail(ERROR_ILLEGAL_ARG, "Null subscription string or correlation id");
  const char *problem = topic_reads(&session->options, subscriptionString, &topic);
  if (problem != NULL) return fail(ERROR_ILLEGAL_ARG, "%s", problem);
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = session->state == SESSION_STARTED ? 0 : fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  if (code == 0) {
    cid_settle(correlationId);
    Event *event = status_event(session, EVENT_ADMIN, "RequestTemplateAvailable", correlationId, &message);
    Element *bound = put(&message->root, "boundTo");
    put_text(element_item(put(bound, "dataConnection")), "address", emulatorAddress);
    task_event(session, session->scenario->serviceNs, event, NULL);
    *requestTemplate = zeroed(sizeof **requestTemplate);
    strcpy((*requestTemplate)->security, topic.security);
    pthread_cond_broadcast(&session->changed);
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

static void refuse(Session *session, Task *task, const CorrelationId *cid) {
  Message *message;
  task->event = status_event(session, EVENT_REQUEST_STATUS, "RequestFailure", cid, &message);
  put_reason(&message->root, "reason", "emulator", "BAD_SEC", 2, "Unknown/Invalid security", NULL);
}

int blpapi_Session_sendRequestTemplate(blpapi_Session_t *session,
                                       const blpapi_RequestTemplate_t *requestTemplate,
                                       blpapi_CorrelationId_t *correlationId) {
  if (requestTemplate == NULL || correlationId == NULL)
    return fail(ERROR_ILLEGAL_ARG, "Null template or correlation id");
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = session->state == SESSION_STARTED ? 0 : fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  if (code == 0) {
    cid_settle(correlationId);
    Instrument *instrument = instrument_for(session, requestTemplate->security);
    Task *task = task_add(session, session->scenario->requestNs, NULL);
    task->cid = *correlationId;
    task->isRequest = task->isLast = true;
    session->pendingRequests++;
    if (instrument == NULL || instrument->security->isBad)
      refuse(session, task, correlationId);
    else
      task->event = snapshot_event(session, instrument, correlationId);
    pthread_cond_broadcast(&session->changed);
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_RequestTemplate_release(const blpapi_RequestTemplate_t *requestTemplate) {
  free((void *)requestTemplate);
  return 0;
}

#endif
