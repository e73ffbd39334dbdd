/*
 * The queue between a session and its reader. Status and responses always find room; data does not: past
 * the high mark the reader is warned, beyond the limit data is dropped, and when the reader has caught up
 * it is told which subscriptions lost some.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

const char *const emulatorAddress = "emulator:8194";

bool queue_has_room(Session *session) {
  return session->batch != NULL || session->queue.count < session->options.maxEventQueueSize;
}

static void warn_when_slow(Session *session) {
  double limit = (double)session->options.maxEventQueueSize;
  if (session->isSlow || (double)session->queue.count <= limit * (double)session->options.slowHi) return;
  session->isSlow = true;
  Event *event = event_new(EVENT_ADMIN, 0);
  message_add(event, message_definition("SlowConsumerWarning"), NULL, 0);
  list_prepend(&session->queue, event);
}

void batch_close(Session *session) {
  if (session->batch == NULL) return;
  list_append(&session->queue, session->batch);
  session->batch = NULL;
  warn_when_slow(session);
}

void deliver(Session *session, Event *event) {
  batch_close(session);
  list_append(&session->queue, event);
  pthread_cond_broadcast(&session->changed);
}

/* An event of one administrative message; without an id it carries an unset one, as the genuine does. */
Event *status_event(Session *session, int type, const char *message, const CorrelationId *cid,
                    Message **out) {
  CorrelationId unset;
  memset(&unset, 0, sizeof unset);
  Event *event = event_new(type, 0);
  Message *added = message_add(event, message_definition(message), cid == NULL ? &unset : cid, 1);
  added->receivedNs = session->options.recordReceiveTimes ? session_wall(session) : 0;
  if (out != NULL) *out = added;
  return event;
}

void put_reason(Element *parent, const char *name, const char *source, const char *category, int code,
                const char *description, const char *subcategory) {
  Element *reason = put(parent, name);
  put_text(reason, "source", source);
  put_text(reason, "category", category);
  put_integer(reason, "errorCode", code);
  put_text(reason, "description", description);
  if (subcategory != NULL) put_text(reason, "subcategory", subcategory);
}

static void report_loss(Session *session) {
  uint32_t count = 0;
  for (Subscription *each = session->firstSubscription; each != NULL; each = each->next)
    if (each->hasLost) count++;
  session->hasLost = false;
  if (count == 0) return;
  CorrelationId *cids = zeroed(count * sizeof *cids);
  uint32_t index = 0;
  for (Subscription *each = session->firstSubscription; each != NULL; each = each->next)
    if (each->hasLost) cids[index++] = each->cid;
  Event *event = event_new(EVENT_ADMIN, 0);
  message_add(event, message_definition("DataLoss"), cids, count);
  free(cids);
  deliver(session, event);
  for (Subscription *each = session->firstSubscription; each != NULL; each = each->next) {
    if (!each->hasLost) continue;
    each->hasLost = false;
    if (each->state != SUBSCRIPTION_ACTIVE) continue;
    summary_send(session, each, "DATALOSS");
    summary_send(session, each, "INTRADAY");
  }
  batch_close(session);
}

static void report_cleared(Session *session) {
  Event *event = event_new(EVENT_ADMIN, 0);
  message_add(event, message_definition("SlowConsumerWarningCleared"), NULL, 0);
  list_prepend(&session->queue, event);
}

Event *queue_take(Session *session) {
  Event *event = list_take(&session->queue);
  if (event == NULL && session->scenario->pace == PACE_FAST && session->heapCount > 0) {
    ticks_make(session, session->scenario->batch);
    batch_close(session);
    event = list_take(&session->queue);
  }
  if (event == NULL) return NULL;
  session->delivered++;
  double low = (double)session->options.maxEventQueueSize * (double)session->options.slowLo;
  if ((session->isSlow || session->hasLost) && (double)session->queue.count <= low) {
    bool wasSlow = session->isSlow;
    session->isSlow = false;
    if (session->hasLost) report_loss(session);
    if (wasSlow) report_cleared(session);
  }
  incidents_after_event(session);
  return event;
}
