/*
 * Incidents: what a scenario lets befall a session, and commands given to a running one.
 */
#include "session.h"

#include <string.h>

static bool befalls(const Session *session, const Incident *incident) {
  return incident->session == 0 || incident->session == session->scenario->session;
}

static void run_task(Session *session, Task *task) {
  Command command = task->command; /* the task may end with the session */
  command_run(session, &command);
}

static void later(Session *session, int64_t delayNs, const Command *command) {
  task_add(session, delayNs, run_task)->command = *command;
}

void incidents_schedule(Session *session) {
  for (size_t index = 0; index < session->scenario->incidentCount; index++) {
    const Incident *incident = &session->scenario->incidents[index];
    if (incident->trigger == WHEN_TIME && befalls(session, incident))
      later(session, incident->at, &incident->command);
  }
}

static void at_count(Session *session, Trigger trigger, int64_t count) {
  for (size_t index = 0; index < session->scenario->incidentCount; index++) {
    const Incident *incident = &session->scenario->incidents[index];
    if (incident->trigger == trigger && incident->at == count && befalls(session, incident))
      later(session, 0, &incident->command);
  }
}

void incidents_after_event(Session *session) { at_count(session, WHEN_EVENT, session->delivered); }

void incidents_after_tick(Session *session) {
  if (session->scenario->incidentCount > 0) at_count(session, WHEN_TICK, session->ticks);
}

static bool concerns(const Command *command, const Subscription *subscription) {
  return command->subject[0] == '\0' || strcmp(command->subject, subscription->topic) == 0;
}

static void service_changes(Session *session, const Command *command, bool isUp) {
  Message *message;
  Service *service = service_of(command->subject[0] == '\0' ? "//blp/mktdata" : command->subject);
  if (service == NULL || service_is_down(session, service) != isUp) return;
  if (isUp) {
    for (size_t index = 0; index < session->downCount; index++)
      if (session->down[index] == service) session->down[index] = session->down[--session->downCount];
  } else if (session->downCount < openMax) {
    session->down[session->downCount++] = service;
  }
  Event *event = status_event(session, EVENT_SERVICE_STATUS, isUp ? "ServiceUp" : "ServiceDown", NULL,
                              &message);
  message->service = service;
  put_text(&message->root, "serviceName", service->uri);
  deliver(session, event);
  for (Subscription *each = session->firstSubscription; each != NULL; each = each->next) {
    if (each->service != service) continue;
    if (isUp) subscription_activate(session, each, "Service is up");
    else subscription_deactivate(session, each, "Service is down");
  }
}

static void lose(Session *session, Subscription *subscription) {
  Event *event = event_new(EVENT_ADMIN, 0);
  message_add(event, message_definition("DataLoss"), &subscription->cid, 1);
  deliver(session, event);
  summary_send(session, subscription, "DATALOSS");
  summary_send(session, subscription, "INTRADAY");
  batch_close(session);
}

/* One command for each subscription that it concerns. */
static void for_each(Session *session, const Command *command) {
  const char *category = command->category[0] == '\0' ? "IO_ERROR" : command->category;
  for (Subscription *each = session->firstSubscription; each != NULL;) {
    Subscription *next = each->next;
    bool isActive = each->state == SUBSCRIPTION_ACTIVE;
    if (concerns(command, each)) {
      if (command->deed == DO_LOSE && isActive) lose(session, each);
      if (command->deed == DO_DEACTIVATE) subscription_deactivate(session, each, "Stream moved");
      if (command->deed == DO_ACTIVATE) subscription_activate(session, each, "Stream moved");
      if (command->deed == DO_DELAY && each->instrument != NULL) each->instrument->isDelayed = true;
      if (command->deed == DO_REALTIME && each->instrument != NULL) each->instrument->isDelayed = false;
      if (command->deed == DO_END)
        subscription_fail(session, each, "SubscriptionTerminated", category, 8, "Ended by the server");
    }
    each = next;
  }
}

static Deed opposite(Deed deed) {
  switch (deed) {
    case DO_CONNECTION_DOWN: return DO_CONNECTION_UP;
    case DO_SERVICE_DOWN: return DO_SERVICE_UP;
    case DO_DEACTIVATE: return DO_ACTIVATE;
    case DO_DELAY: return DO_REALTIME;
    default: return DO_NOTHING;
  }
}

void command_run(Session *session, const Command *command) {
  if (session->state != SESSION_STARTED) return;
  switch (command->deed) {
    case DO_CONNECTION_DOWN: connection_down(session); break;
    case DO_CONNECTION_UP: connection_up(session); break;
    case DO_SERVICE_DOWN: service_changes(session, command, false); break;
    case DO_SERVICE_UP: service_changes(session, command, true); break;
    case DO_TERMINATE: session_end(session, "Session terminated by server"); break;
    case DO_BURST: ticks_make(session, command->number); break;
    case DO_REVOKE: identities_revoke(session); break;
    case DO_SILENCE: session->silentUntil = session_now(session) + command->durationNs; break;
    case DO_FAIL_REQUESTS: requests_fail(session, "Request failed"); break;
    default: for_each(session, command); break;
  }
  Command back = *command;
  back.deed = opposite(command->deed);
  back.durationNs = 0;
  if (command->durationNs > 0 && back.deed != DO_NOTHING && session->state == SESSION_STARTED)
    later(session, command->durationNs, &back);
}

int tidegate_emulator_apply(blpapi_Session_t *session, const char *line) {
  Command command;
  if (session == NULL || line == NULL || !command_reads(line, &command))
    return fail(ERROR_ILLEGAL_ARG, "Not a command: '%.100s'", line == NULL ? "" : line);
  pthread_mutex_lock(&session->lock);
  session_advance(session);
  command_run(session, &command);
  batch_close(session);
  pthread_cond_broadcast(&session->changed);
  pthread_mutex_unlock(&session->lock);
  return 0;
}
