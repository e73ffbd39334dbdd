/*
 * Subscriptions: from the string to the stream, with every way it can be refused or end.
 */
#include "topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t bucket_of(const CorrelationId *cid) {
  return (size_t)((cid->value.intValue ^ cid->valueType) % subscriptionBuckets);
}

Subscription *subscription_find(Session *session, const CorrelationId *cid) {
  for (Subscription *each = session->subscriptions[bucket_of(cid)]; each != NULL; each = each->hashNext)
    if (cid_equal(&each->cid, cid)) return each;
  return NULL;
}

static Subscription *subscription_new(Session *session, const CorrelationId *cid, const Topic *topic) {
  Subscription *made = zeroed(sizeof *made);
  made->cid = *cid;
  made->hashNext = session->subscriptions[bucket_of(cid)];
  session->subscriptions[bucket_of(cid)] = made;
  made->previous = session->lastSubscription;
  if (made->previous == NULL)
    session->firstSubscription = made;
  else
    made->previous->next = made;
  session->lastSubscription = made;
  session->subscriptionCount++;
  snprintf(made->serviceUri, sizeof made->serviceUri, "%s", topic->service);
  made->service = service_of(topic->service);
  made->topic = text_copy(topic->security);
  made->fields = text_copy(topic->fields);
  made->intervalNs = (int64_t)(topic->interval * 1e9);
  made->isConflated = topic->isConflated;
  made->isDelayed = topic->isDelayed;
  if (strcmp(topic->service, "//blp/mktbar") == 0)
    made->barNs = (int64_t)((topic->barSize < 1 ? 1 : topic->barSize) * 60e9);
  return made;
}

/* An instrument that nobody sees does not tick. */
static void rest(Session *session, Instrument *instrument) {
  for (const Subscription *each = instrument->subscriptions; each != NULL; each = each->nextOfInstrument)
    if (each->state == SUBSCRIPTION_ACTIVE) return;
  instrument_stops(session, instrument);
}

static void leave_instrument(Session *session, Subscription *subscription) {
  Instrument *instrument = subscription->instrument;
  if (instrument == NULL) return;
  Subscription **place = &instrument->subscriptions;
  while (*place != NULL && *place != subscription) place = &(*place)->nextOfInstrument;
  if (*place != NULL) *place = subscription->nextOfInstrument;
  rest(session, instrument);
  subscription->instrument = NULL;
}

static void subscription_free(Subscription *subscription) {
  free(subscription->topic);
  free(subscription->fields);
  free(subscription);
}

void subscription_remove(Session *session, Subscription *subscription) {
  leave_instrument(session, subscription);
  Subscription **place = &session->subscriptions[bucket_of(&subscription->cid)];
  while (*place != subscription) place = &(*place)->hashNext;
  *place = subscription->hashNext;
  if (subscription->previous == NULL)
    session->firstSubscription = subscription->next;
  else
    subscription->previous->next = subscription->next;
  if (subscription->next == NULL)
    session->lastSubscription = subscription->previous;
  else
    subscription->next->previous = subscription->previous;
  session->subscriptionCount--;
  if (subscription->isStarted) session->startedCount--;
  subscription_free(subscription);
}

void subscriptions_free(Session *session) {
  while (session->firstSubscription != NULL) subscription_remove(session, session->firstSubscription);
}

/* Ends a subscription with a status message; the correlation id is free again. */
void subscription_fail(Session *session, Subscription *subscription, const char *message,
                       const char *category, int code, const char *description) {
  Message *added;
  Event *event = status_event(session, EVENT_SUBSCRIPTION_STATUS, message, &subscription->cid, &added);
  added->service = subscription->service;
  put_reason(&added->root, "reason", "emulator", category, code, description, NULL);
  deliver(session, event);
  subscription_remove(session, subscription);
}

/* Fields that do not exist, as `exceptions` or `failureDetails`; how many of all asked for are good. */
static size_t check_fields(const char *fields, Element *parent, const char *list) {
  size_t good = 0;
  while (*fields != '\0') {
    size_t length = strcspn(fields, ",");
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)(length < 127 ? length : 127), fields);
    fields += length + (fields[length] != '\0');
    if (name[0] == '\0') continue;
    const Name *known = name_known(name, strlen(name));
    if (known != NULL && field_known(known) != NULL) {
      good++;
      continue;
    }
    if (parent == NULL) continue;
    Element *item = element_item(put(parent, list));
    put_text(item, "fieldId", name);
    put_reason(item, "reason", "emulator", "BAD_FLD", 7, "Unknown Field", "INVALID_FIELD");
  }
  return good;
}

static void stream(Session *session, const Subscription *subscription, const char *message, const char *why) {
  Message *added;
  char id[24];
  if (!EMULATES_NEWER) return; /* 3.8 has no such messages */
  Event *event = status_event(session, EVENT_SUBSCRIPTION_STATUS, message, &subscription->cid, &added);
  added->service = subscription->service;
  Element *item = element_item(put(&added->root, "streams"));
  snprintf(id, sizeof id, "%llu", (unsigned long long)subscription->cid.value.intValue);
  put_text(item, "id", id);
  put_text(put(item, "endpoint"), "address", emulatorAddress);
  put_text(&added->root, "reason", why);
  deliver(session, event);
}

static void flow(Session *session, Subscription *subscription) {
  subscription->state = SUBSCRIPTION_ACTIVE;
  if (subscription->barNs == 0) {
    batch_close(session);
    summary_send(session, subscription, "INITPAINT");
    batch_close(session);
  }
  instrument_starts(session, subscription->instrument);
}

static void report_started(Session *session, const Subscription *subscription) {
  Message *message;
  char id[24];
  Event *event =
      status_event(session, EVENT_SUBSCRIPTION_STATUS, "SubscriptionStarted", &subscription->cid, &message);
  message->service = subscription->service;
  check_fields(subscription->fields, &message->root, "exceptions");
  snprintf(id, sizeof id, "%llu", (unsigned long long)subscription->cid.value.intValue);
  append_text(put(&message->root, "streamIds"), id);
  put_text(put(&message->root, "receivedFrom"), "address", emulatorAddress);
  if (subscription->instrument->isDelayed || subscription->isDelayed)
    put_text(&message->root, "reason", "Subscribed to delayed data stream");
  deliver(session, event);
}

static bool refused(Session *session, Subscription *subscription) {
  const Scenario *scenario = session->scenario;
  const char *failure = "SubscriptionFailure";
  if (subscription->service == NULL || service_is_unavailable(session, subscription->serviceUri)) {
    subscription_fail(session, subscription, failure, "NO_SERVICE", 5, "Failed to open service");
    return true;
  }
  if (scenario->subscriptionsMax > 0 && session->startedCount >= scenario->subscriptionsMax) {
    subscription_fail(session, subscription, failure, "LIMIT", 6, "Subscription limit reached");
    return true;
  }
  Instrument *instrument = instrument_for(session, subscription->topic);
  if (instrument == NULL || instrument->security->isBad) {
    subscription_fail(session, subscription, failure, "BAD_SEC", 2, "Unknown/Invalid security");
    return true;
  }
  if (!scenario_entitles(scenario, instrument->security->eid)) {
    subscription_fail(session, subscription, failure, "NO_AUTH", 4, "Not entitled to this security");
    return true;
  }
  if (subscription->fields[0] != '\0' && check_fields(subscription->fields, NULL, NULL) == 0) {
    Message *message;
    Event *event = status_event(session, EVENT_SUBSCRIPTION_STATUS, failure, &subscription->cid, &message);
    put_reason(&message->root, "reason", "emulator", "BAD_FLD", 7, "No valid fields", NULL);
    check_fields(subscription->fields, &message->root, "failureDetails");
    deliver(session, event);
    subscription_remove(session, subscription);
    return true;
  }
  subscription->instrument = instrument;
  return false;
}

static void start(Session *session, Subscription *subscription) {
  if (!session->isConnected || refused(session, subscription)) return;
  Instrument *instrument = subscription->instrument;
  subscription->nextOfInstrument = instrument->subscriptions;
  instrument->subscriptions = subscription;
  subscription->isStarted = true;
  session->startedCount++;
  if (!service_is_open(session, subscription->service)) service_opened(session, subscription->service);
  report_started(session, subscription);
  stream(session, subscription, "SubscriptionStreamsActivated", "Subscribed");
  flow(session, subscription);
}

static void start_task(Session *session, Task *task) {
  Subscription *subscription = subscription_find(session, &task->cid);
  if (subscription == NULL || subscription->state != SUBSCRIPTION_PENDING) return;
  if (subscription->instrument == NULL) start(session, subscription);
}

void subscription_activate(Session *session, Subscription *subscription, const char *reason) {
  if (subscription->state == SUBSCRIPTION_PENDING && subscription->instrument == NULL) {
    task_add(session, 0, start_task)->cid = subscription->cid;
    return;
  }
  if (subscription->state != SUBSCRIPTION_INACTIVE) return;
  stream(session, subscription, "SubscriptionStreamsActivated", reason);
  flow(session, subscription);
}

void subscription_deactivate(Session *session, Subscription *subscription, const char *reason) {
  if (subscription->state != SUBSCRIPTION_ACTIVE) return;
  subscription->state = SUBSCRIPTION_INACTIVE;
  rest(session, subscription->instrument);
  stream(session, subscription, "SubscriptionStreamsDeactivated", reason);
}

typedef struct {
  blpapi_SubscriptionPreprocessErrorHandler_t handler;
  void *userData;
} Objections;

static int check_started(const Session *session) {
  return session->state == SESSION_STARTED ? 0 : fail(ERROR_ILLEGAL_STATE, "Session Not Started");
}

/* Takes back the first entries of a list that names one id twice. */
static void undo(Session *session, const SubscriptionList *list, size_t count) {
  for (size_t index = 0; index < count; index++) {
    Subscription *made = subscription_find(session, &list->entries[index].cid);
    if (made != NULL) subscription_remove(session, made);
  }
}

/* Refuses a whole list before any of it is done, unless the caller wants to hear of each entry. */
static int subscribe(Session *session, const SubscriptionList *list, const Identity *identity,
                     const Objections *objections) {
  Topic topic;
  int code = check_started(session);
  for (size_t index = 0; code == 0 && objections == NULL && index < list->count; index++) {
    const char *problem = topic_reads(&session->options, list->entries[index].topic, &topic);
    if (problem != NULL) code = fail(ERROR_ILLEGAL_ARG, "%s: '%.120s'", problem, list->entries[index].topic);
    else if (subscription_find(session, &list->entries[index].cid) != NULL)
      code = fail(ERROR_DUPLICATE_CORRELATIONID, "Duplicate correlation id.");
  }
  for (size_t index = 0; code == 0 && index < list->count; index++) {
    const CorrelationId *cid = &list->entries[index].cid;
    const char *problem = topic_reads(&session->options, list->entries[index].topic, &topic);
    bool isDuplicate = subscription_find(session, cid) != NULL;
    if (isDuplicate && objections == NULL) {
      undo(session, list, index);
      return fail(ERROR_DUPLICATE_CORRELATIONID, "Duplicate correlation id.");
    }
    if (problem != NULL || isDuplicate) {
      if (objections != NULL && objections->handler != NULL)
        objections->handler(cid, list->entries[index].topic,
                            isDuplicate ? PREPROCESS_CORRELATIONID : PREPROCESS_INVALID_STRING,
                            isDuplicate ? "Duplicate correlation id." : problem, objections->userData);
      continue;
    }
    Subscription *made = subscription_new(session, cid, &topic);
    if (identity != NULL && !atomic_load(&identity->isAuthorized)) {
      subscription_fail(session, made, "SubscriptionFailure", "NO_AUTH", 3, "Identity is not authorized");
      continue;
    }
    task_add(session, session->scenario->subscribeNs, start_task)->cid = *cid;
  }
  return code;
}

static int locked_subscribe(Session *session, const SubscriptionList *list, const Identity *identity,
                            const Objections *objections) {
  if (list == NULL) return fail(ERROR_ILLEGAL_ARG, "Null subscription list");
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = subscribe(session, list, identity, objections);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_Session_subscribe(blpapi_Session_t *session, const blpapi_SubscriptionList_t *subscriptionList,
                             const blpapi_Identity_t *handle, const char *requestLabel,
                             int requestLabelLen) {
  (void)requestLabel;
  (void)requestLabelLen;
  return locked_subscribe(session, subscriptionList, handle, NULL);
}

int blpapi_Session_unsubscribe(blpapi_Session_t *session, const blpapi_SubscriptionList_t *list,
                               const char *requestLabel, int requestLabelLen) {
  (void)requestLabel;
  (void)requestLabelLen;
  if (list == NULL) return fail(ERROR_ILLEGAL_ARG, "Null subscription list");
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = check_started(session);
  for (size_t index = 0; code == 0 && index < list->count; index++) {
    Subscription *found = subscription_find(session, &list->entries[index].cid);
    if (found == NULL) continue;
    subscription_fail(session, found, "SubscriptionTerminated", "CANCELED", 0, "Subscription cancelled");
  }
  pthread_mutex_unlock(&session->lock);
  return code;
}

static void take_over(Subscription *subscription, const Topic *topic) {
  free(subscription->fields);
  subscription->fields = text_copy(topic->fields);
  subscription->intervalNs = (int64_t)(topic->interval * 1e9);
  subscription->isConflated = topic->isConflated;
  subscription->isDelayed = topic->isDelayed;
  subscription->nextUpdate = 0;
}

static int resubscribe(Session *session, const SubscriptionList *list) {
  Topic topic;
  int code = check_started(session);
  for (size_t index = 0; code == 0 && index < list->count; index++) {
    const char *problem = topic_reads(&session->options, list->entries[index].topic, &topic);
    if (problem != NULL) code = fail(ERROR_ILLEGAL_ARG, "%s", problem);
    else if (subscription_find(session, &list->entries[index].cid) == NULL)
      code = fail(ERROR_CORRELATION_NOT_FOUND, "Correlation id not found.");
  }
  for (size_t index = 0; code == 0 && index < list->count; index++) {
    Subscription *found = subscription_find(session, &list->entries[index].cid);
    topic_reads(&session->options, list->entries[index].topic, &topic);
    take_over(found, &topic);
    if (found->state != SUBSCRIPTION_ACTIVE) continue;
    report_started(session, found);
    flow(session, found);
  }
  return code;
}

int blpapi_Session_resubscribe(blpapi_Session_t *session, const blpapi_SubscriptionList_t *list,
                               const char *requestLabel, int requestLabelLen) {
  (void)requestLabel;
  (void)requestLabelLen;
  if (list == NULL) return fail(ERROR_ILLEGAL_ARG, "Null subscription list");
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  int code = resubscribe(session, list);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  return code;
}

int blpapi_Session_resubscribeWithId(blpapi_Session_t *session, const blpapi_SubscriptionList_t *list,
                                     int resubscriptionId, const char *requestLabel, int requestLabelLen) {
  (void)resubscriptionId;
  return blpapi_Session_resubscribe(session, list, requestLabel, requestLabelLen);
}

#if EMULATES_NEWER
int blpapi_Session_subscribeEx(blpapi_Session_t *session, const blpapi_SubscriptionList_t *list,
                               const blpapi_Identity_t *handle, const char *requestLabel,
                               int requestLabelLen,
                               blpapi_SubscriptionPreprocessErrorHandler_t errorHandler, void *userData) {
  Objections objections = {.handler = errorHandler, .userData = userData};
  (void)requestLabel;
  (void)requestLabelLen;
  return locked_subscribe(session, list, handle, &objections);
}

int blpapi_Session_resubscribeEx(blpapi_Session_t *session, const blpapi_SubscriptionList_t *list,
                                 const char *requestLabel, int requestLabelLen,
                                 blpapi_SubscriptionPreprocessErrorHandler_t errorHandler, void *userData) {
  (void)errorHandler;
  (void)userData;
  return blpapi_Session_resubscribe(session, list, requestLabel, requestLabelLen);
}

int blpapi_Session_resubscribeWithIdEx(blpapi_Session_t *session, const blpapi_SubscriptionList_t *list,
                                       int resubscriptionId, const char *requestLabel, int requestLabelLen,
                                       blpapi_SubscriptionPreprocessErrorHandler_t errorHandler,
                                       void *userData) {
  (void)resubscriptionId;
  return blpapi_Session_resubscribeEx(session, list, requestLabel, requestLabelLen, errorHandler, userData);
}
#endif
