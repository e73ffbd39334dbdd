/*
 * Requests: made from a service's schema, sent, and answered in parts. All answers are made when the request
 * is sent and then wait for their time, so cancelling is nothing but forgetting them.
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_ullong lastRequest;

static int request_new(Service *service, Request **out, const char *operation) {
  if (service == NULL || operation == NULL) return fail(ERROR_ILLEGAL_ARG, "Null service or operation");
  for (size_t index = 0; index < service->operationCount; index++) {
    if (strcmp(service->operations[index].name->text, operation) != 0) continue;
    Request *request = zeroed(sizeof *request);
    request->service = service;
    request->operation = &service->operations[index];
    element_open(&request->root, request->operation->request, &request->arena);
    request->root.isWritable = true;
    snprintf(request->id, sizeof request->id, "emulator-%016llx",
             (unsigned long long)atomic_fetch_add(&lastRequest, 1) + 1);
    alive(ALIVE_REQUESTS, 1);
    *out = request;
    return 0;
  }
  return fail(ERROR_ITEM_NOT_FOUND, "Operation '%.100s' not found in service '%s'.", operation, service->uri);
}

int blpapi_Service_createRequest(blpapi_Service_t *service, blpapi_Request_t **request,
                                 const char *operation) {
  return request_new(service, request, operation);
}

int blpapi_Service_createAuthorizationRequest(blpapi_Service_t *service, blpapi_Request_t **request,
                                              const char *operation) {
  bool isNamed = operation != NULL && operation[0] != '\0';
  return request_new(service, request, isNamed ? operation : "AuthorizationRequest");
}

blpapi_Element_t *blpapi_Request_elements(blpapi_Request_t *request) { return &request->root; }

void blpapi_Request_destroy(blpapi_Request_t *request) {
  if (request == NULL) return;
  arena_free(&request->arena);
  free(request);
  alive(ALIVE_REQUESTS, -1);
}

#if EMULATES_NEWER
int blpapi_Request_getRequestId(const blpapi_Request_t *request, const char **requestId) {
  *requestId = request->id;
  return 0;
}
#endif

/* A further part of an answer; the last one is the RESPONSE. */
Message *reply_part(Reply *reply, bool isLast, size_t bytes) {
  Event *event = event_new(isLast ? EVENT_RESPONSE : EVENT_PARTIAL_RESPONSE, bytes);
  Message *message = message_add(event, reply->request->operation->response, reply->cid, 1);
  message->service = reply->request->service;
  message->requestId = arena_text(&event->arena, reply->request->id, strlen(reply->request->id));
  message->receivedNs = reply->session->options.recordReceiveTimes ? session_wall(reply->session) : 0;
  Task *task = task_add(reply->session, reply->delayNs, NULL);
  task->event = event;
  task->queue = reply->queue;
  task->cid = *reply->cid;
  task->isRequest = true;
  task->isLast = isLast;
  return message;
}

void put_error(Element *parent, const char *name, const char *category, int64_t code, const char *text,
               const char *subcategory) {
  Element *error = put(parent, name);
  put_text(error, "source", "emulator");
  put_integer(error, "code", code);
  put_text(error, "category", category);
  put_text(error, "message", text);
  if (subcategory != NULL) put_text(error, "subcategory", subcategory);
}

void reply_error(Reply *reply, const char *category, const char *message) {
  put_error(&reply_part(reply, true, 0)->root, "responseError", category, -4001, message, NULL);
}

static void reply_failure(Reply *reply, const char *category, int code, const char *description) {
  Message *message;
  Event *event =
      status_event(reply->session, EVENT_REQUEST_STATUS, "RequestFailure", reply->cid, &message);
  put_reason(&message->root, "reason", "emulator", category, code, description, NULL);
  Task *task = task_add(reply->session, reply->delayNs, NULL);
  task->event = event;
  task->queue = reply->queue;
  task->cid = *reply->cid;
  task->isRequest = true;
  task->isLast = true;
}

static const struct {
  const char *operation;
  void (*answer)(Reply *reply);
} answers[] = {
    {"ReferenceDataRequest", answer_reference},      {"HistoricalDataRequest", answer_history},
    {"IntradayBarRequest", answer_bars},             {"IntradayTickRequest", answer_ticks},
    {"instrumentListRequest", answer_instruments},   {"curveListRequest", answer_instruments},
    {"govtListRequest", answer_instruments},         {"FieldInfoRequest", answer_fields},
    {"FieldSearchRequest", answer_fields},           {"FieldListRequest", answer_fields},
    {"CategorizedFieldSearchRequest", answer_categories},
};

static bool refused(Reply *reply) {
  Session *session = reply->session;
  const char *operation = reply->request->operation->name->text;
  if (service_is_down(session, reply->request->service) || !session->isConnected) {
    reply_failure(reply, "IO_ERROR", 4, "Service is down");
    return true;
  }
  session->requestsMade++;
  if (session->scenario->requestsMax > 0 && session->requestsMade >= session->scenario->requestsMax) {
    reply_error(reply, "LIMIT", "Daily capacity reached");
    return true;
  }
  for (size_t index = 0; index < session->scenario->requestRefusalCount; index++) {
    const RequestRefusal *refusal = &session->scenario->requestRefusals[index];
    if (refusal->operation[0] != '\0' && strcmp(refusal->operation, operation) != 0) continue;
    if (refusal->isTimeout)
      reply_failure(reply, refusal->category, 11, refusal->message);
    else
      reply_error(reply, refusal->category, refusal->message);
    return true;
  }
  return false;
}

/* The first mandatory element that is missing, or NULL. */
static const char *missing_in(const Request *request) {
  const Type *type = request->root.definition->type;
  for (size_t index = 0; index < type->count; index++) {
    const Definition *wanted = &type->elements[index];
    if (wanted->min == 0) continue;
    const Element *child = element_child(&request->root, wanted->name);
    if (child == NULL || child->isNull || (child->isArray && child->many.count == 0))
      return wanted->name->text;
  }
  return NULL;
}

void answer_request(Session *session, const Request *request, const CorrelationId *cid, EventQueue *queue) {
  Reply reply = {.session = session,
                 .request = request,
                 .cid = cid,
                 .queue = queue,
                 .delayNs = session->scenario->requestNs};
  session->pendingRequests++;
  if (refused(&reply)) return;
  for (size_t index = 0; index < sizeof answers / sizeof *answers; index++) {
    if (strcmp(answers[index].operation, request->operation->name->text) != 0) continue;
    answers[index].answer(&reply);
    return;
  }
  reply_failure(&reply, "UNSUPPORTED", 5, "The emulator does not answer this operation");
}

static bool is_in_use(Session *session, const CorrelationId *cid) {
  if (subscription_find(session, cid) != NULL) return true;
  for (const Task *task = session->firstTask; task != NULL; task = task->next)
    if (task->isRequest && cid_equal(&task->cid, cid)) return true;
  return false;
}

static int send(Session *session, const Request *request, CorrelationId *cid, const Identity *identity,
                EventQueue *queue) {
  if (session->state != SESSION_STARTED) return fail(ERROR_ILLEGAL_STATE, "Session Not Started");
  const char *missing = missing_in(request);
  if (missing != NULL)
    return fail(ERROR_ILLEGAL_ARG, "Request '%s' has no element '%s'.", element_name(&request->root),
                missing);
  if (cid->valueType != CORRELATION_UNSET && is_in_use(session, cid))
    return fail(ERROR_DUPLICATE_CORRELATIONID, "Duplicate correlation id.");
  if (session->pendingRequests >= session->options.maxPendingRequests)
    return fail(ERROR_ILLEGAL_STATE, "Too many pending requests.");
  cid_settle(cid);
  queue_adopt(session, queue);
  if (identity != NULL && !atomic_load(&((Identity *)identity)->isAuthorized)) {
    Reply reply = {.session = session, .request = request, .cid = cid, .queue = queue};
    session->pendingRequests++;
    reply_failure(&reply, "NO_AUTH", 3, "Identity is not authorized");
    return 0;
  }
  answer_request(session, request, cid, queue);
  return 0;
}

int blpapi_Session_sendRequest(blpapi_Session_t *session, const blpapi_Request_t *request,
                               blpapi_CorrelationId_t *correlationId, blpapi_Identity_t *identity,
                               blpapi_EventQueue_t *eventQueue, const char *requestLabel,
                               int requestLabelLen) {
  CorrelationId own;
  (void)requestLabel;
  (void)requestLabelLen;
  memset(&own, 0, sizeof own);
  if (request == NULL) return fail(ERROR_ILLEGAL_ARG, "Null request");
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = send(session, request, correlationId == NULL ? &own : correlationId, identity, eventQueue);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  return code;
}
