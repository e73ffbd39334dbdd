/*
 * The connection of a session: attempts to make it, its loss and return, and the session's end.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CODE_SILENT = 3, CODE_REFUSED = 9, CODE_CLOSED = 10 };
static const int64_t probeNs = 5000000;

static void attempt(Session *session, Task *task);
static void probe_next(Session *session);

static void start_failed(Session *session, const char *category, int code, const char *description) {
  Message *message;
  Event *event = status_event(session, EVENT_SESSION_STATUS, "SessionStartupFailure", NULL, &message);
  put_reason(&message->root, "reason", "Session", category, code, description, NULL);
  session->state = SESSION_FAILED;
  deliver(session, event);
}

static void attempt_failed(Session *session, int code, const char *description) {
  char category[640];
  for (size_t index = 0; index < session->options.addressCount; index++) {
    snprintf(category, sizeof category, "blpapi.session.transporttcp.{%d}.<%s:%u>", session->number,
             session->options.addresses[index].host, session->options.addresses[index].port);
    log_line(SEVERITY_ERROR, "connection.c", category, "%s", description);
  }
  session->attempts++;
  if (session->attempts < session->options.numStartAttempts) {
    task_add(session, session->scenario->reconnectNs, attempt);
    return;
  }
  snprintf(category, sizeof category, "blpapi.session.platformcontroller.{%d}", session->number);
  log_line(SEVERITY_WARN, "connection.c", category,
           "Platform: 0 failed %d consecutive connect attempts, stopped trying to reconnect.",
           session->attempts);
  start_failed(session, "IO_ERROR", code, description);
}

static void report_up(Session *session) {
  Message *message;
  Event *event = status_event(session, EVENT_SESSION_STATUS, "SessionConnectionUp", NULL, &message);
  put_text(&message->root, "server", emulatorAddress);
  if (EMULATES_NEWER) {
    put_text(&message->root, "serverId", "emulator");
    put_text(&message->root, "encryptionStatus", "Clear");
    put_text(&message->root, "compressionStatus", "Uncompressed");
  }
  session->isConnected = true;
  deliver(session, event);
}

/* An identity of the whole session is authorised before the session counts as started. */
static bool authorized_at_start(Session *session) {
  Message *message;
  if (!session->options.hasIdentity) return true;
  bool isGranted = !session->scenario->failsAuthorization && !session->scenario->failsToken;
  Event *event = status_event(session, EVENT_AUTHORIZATION_STATUS,
                              isGranted ? "AuthorizationSuccess" : "AuthorizationFailure",
                              &session->options.identityCid, &message);
  if (!isGranted)
    put_reason(&message->root, "reason", "emulator", "NO_AUTH", 2, "Authorization refused", "INVALID_USER");
  deliver(session, event);
  if (isGranted) identity_authorize(session, session->identity);
  return isGranted;
}

static void connected(Session *session) {
  Message *message;
  report_up(session);
  if (!authorized_at_start(session)) {
    session->isConnected = false;
    start_failed(session, "NO_AUTH", 2, "Authorization refused");
    return;
  }
  Event *event = status_event(session, EVENT_SESSION_STATUS, "SessionStarted", NULL, &message);
  put_text(element_item(put(&message->root, "initialEndpoints")), "address", emulatorAddress);
  session->state = SESSION_STARTED;
  session->startedNs = session_now(session);
  deliver(session, event);
  incidents_schedule(session);
}

static void attempt(Session *session, Task *task) {
  const Scenario *scenario = session->scenario;
  (void)task;
  if (scenario->error[0] != '\0') {
    start_failed(session, "SCENARIO", 1, scenario->error);
    return;
  }
  for (size_t index = 0; index < scenario->startRefusalCount; index++) {
    const StartRefusal *refusal = &scenario->startRefusals[index];
    if (refusal->session != 0 && refusal->session != scenario->session) continue;
    attempt_failed(session, refusal->code, refusal->description);
    return;
  }
  if (!scenario->probes) {
    connected(session);
    return;
  }
  session->probeAddress = 0;
  probe_next(session);
}

/* `connect real`: whether the port refuses, closes or stays silent. Nothing there speaks to an emulator. */
static void probe_watch(Session *session, Task *task) {
  char byte;
  int problem = 0;
  socklen_t size = sizeof problem;
  struct pollfd watched = {.fd = session->probe, .events = POLLIN | POLLOUT, .revents = 0};
  (void)task;
  poll(&watched, 1, 0);
  if (watched.revents & (POLLOUT | POLLERR | POLLHUP | POLLIN)) {
    getsockopt(session->probe, SOL_SOCKET, SO_ERROR, &problem, &size);
    bool isClosed = problem == 0 && recv(session->probe, &byte, 1, MSG_DONTWAIT) == 0;
    if (problem != 0 || isClosed) {
      close(session->probe);
      session->probe = -1;
      session->probeAddress++;
      if (session->probeAddress < session->options.addressCount)
        probe_next(session);
      else
        attempt_failed(session, isClosed ? CODE_CLOSED : CODE_REFUSED, "Connection failed");
      return;
    }
  }
  if (session_now(session) >= session->probeDeadline) {
    close(session->probe);
    session->probe = -1;
    attempt_failed(session, CODE_SILENT, "Connection failed");
    return;
  }
  task_add(session, probeNs, probe_watch);
}

static void probe_next(Session *session) {
  char port[8];
  struct addrinfo *found = NULL;
  struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
  snprintf(port, sizeof port, "%u", session->options.addresses[session->probeAddress].port);
  if (getaddrinfo(session->options.addresses[session->probeAddress].host, port, &wanted, &found) != 0) {
    attempt_failed(session, CODE_REFUSED, "Connection failed");
    return;
  }
  session->probe = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connect(session->probe, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  session->probeDeadline = session_now(session) + (int64_t)session->options.connectTimeout * 1000000;
  probe_watch(session, NULL);
}

void session_begin(Session *session) {
  session->state = SESSION_STARTING;
  session->attempts = 0;
  task_add(session, session->scenario->connectNs, attempt);
}

void session_end(Session *session, const char *description) {
  Message *message;
  if (session->state != SESSION_STARTED) return;
  if (session->isConnected) {
    session->isConnected = false;
    Event *down = status_event(session, EVENT_SESSION_STATUS, "SessionConnectionDown", NULL, &message);
    put_text(&message->root, "server", emulatorAddress);
    deliver(session, down);
  }
  Event *event = status_event(session, EVENT_SESSION_STATUS, "SessionTerminated", NULL, &message);
  put_reason(&message->root, "reason", "Session", "IO_ERROR", 1, description, NULL);
  session->state = SESSION_STOPPED;
  subscriptions_free(session);
  tasks_clear(session);
  identities_revoke(session);
  session->openCount = 0;
  deliver(session, event);
}

/* Requests in flight end with a failure, each at once. */
void requests_fail(Session *session, const char *description) {
  Message *message;
  Task *failed = tasks_take_requests(session, NULL);
  while (failed != NULL) {
    Task *task = failed;
    failed = task->next;
    if (task->isLast) {
      Event *event = status_event(session, EVENT_REQUEST_STATUS, "RequestFailure", &task->cid, &message);
      put_reason(&message->root, "reason", "emulator", "IO_ERROR", 4, description, NULL);
      if (task->queue != NULL)
        queue_deliver(task->queue, event);
      else
        deliver(session, event);
    }
    task_free(task);
  }
}

void connection_down(Session *session) {
  Message *message;
  if (session->state != SESSION_STARTED || !session->isConnected) return;
  session->isConnected = false;
  Event *event = status_event(session, EVENT_SESSION_STATUS, "SessionConnectionDown", NULL, &message);
  put_text(&message->root, "server", emulatorAddress);
  if (EMULATES_NEWER) put_text(&message->root, "description", "Connection lost");
  deliver(session, event);
  requests_fail(session, "Connection lost");
  if (!session->options.autoRestartOnDisconnection) {
    session_end(session, "Connection lost");
    return;
  }
  for (Subscription *each = session->firstSubscription; each != NULL; each = each->next)
    subscription_deactivate(session, each, "Connection lost");
}

void connection_up(Session *session) {
  if (session->state != SESSION_STARTED || session->isConnected) return;
  report_up(session);
  for (Subscription *each = session->firstSubscription; each != NULL; each = each->next)
    if (!service_is_down(session, each->service)) subscription_activate(session, each, "Connection restored");
}
