/*
 * How time passes in a session: by the machine's clock, or in `pace manual` only while nextEvent waits,
 * which then costs no time at all.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int64_t marketOpensNs = INT64_C(9) * 3600 * 1000000000;
static const int64_t shortestWaitNs = 250000; /* ticks that fall due sooner are waited for together */
static const int64_t manualWaitNs = 2000000;

int64_t session_now(const Session *session) {
  return session->scenario->pace == PACE_MANUAL ? session->virtualNs : monotonic_ns() - session->originNs;
}

int64_t session_wall(const Session *session) {
  if (session->scenario->pace != PACE_MANUAL) return wall_ns();
  return session->scenario->dateNs + marketOpensNs + session->virtualNs;
}

Task *task_add(Session *session, int64_t delayNs, Work work) {
  Task *task = zeroed(sizeof *task);
  task->due = session_now(session) + delayNs;
  task->work = work;
  if (session->lastTask == NULL || session->lastTask->due <= task->due) {
    if (session->lastTask == NULL)
      session->firstTask = task;
    else
      session->lastTask->next = task;
    session->lastTask = task;
    return task;
  }
  Task **place = &session->firstTask;
  while ((*place)->due <= task->due) place = &(*place)->next;
  task->next = *place;
  *place = task;
  return task;
}

void task_event(Session *session, int64_t delayNs, Event *event, EventQueue *queue) {
  Task *task = task_add(session, delayNs, NULL);
  task->event = event;
  task->queue = queue;
}

void task_free(Task *task) {
  if (task->event != NULL) blpapi_Event_release(task->event);
  if (task->identity != NULL) blpapi_Identity_release(task->identity);
  free(task);
}

void tasks_clear(Session *session) {
  for (Task *task = session->firstTask; task != NULL;) {
    Task *next = task->next;
    task_free(task);
    task = next;
  }
  session->firstTask = session->lastTask = NULL;
  session->pendingRequests = 0;
}

/* Takes the answers of one request out of what is to be done, or of all requests when there is no id. */
Task *tasks_take_requests(Session *session, const CorrelationId *cid) {
  Task *taken = NULL;
  Task **takenEnd = &taken;
  Task **place = &session->firstTask;
  session->lastTask = NULL;
  while (*place != NULL) {
    Task *task = *place;
    if (task->isRequest && (cid == NULL || cid_equal(&task->cid, cid))) {
      *place = task->next;
      task->next = NULL;
      *takenEnd = task;
      takenEnd = &task->next;
      if (task->isLast) session->pendingRequests--;
    } else {
      session->lastTask = task;
      place = &task->next;
    }
  }
  return taken;
}

static void run_first(Session *session) {
  Task *task = session->firstTask;
  session->firstTask = task->next;
  if (session->firstTask == NULL) session->lastTask = NULL;
  if (task->isLast) session->pendingRequests--;
  if (task->work != NULL) task->work(session, task);
  if (task->event != NULL) {
    if (task->queue != NULL)
      queue_deliver(task->queue, task->event);
    else
      deliver(session, task->event);
    task->event = NULL;
  }
  task_free(task);
}

static int64_t tick_due(const Session *session) {
  if (session->scenario->pace == PACE_FAST || session->heapCount == 0) return INT64_MAX;
  return session->heap[0]->nextDue;
}

int64_t session_next_due(const Session *session) {
  int64_t tick = tick_due(session);
  int64_t task = session->firstTask == NULL ? INT64_MAX : session->firstTask->due;
  return tick < task ? tick : task;
}

void session_advance(Session *session) {
  int64_t now = session_now(session);
  for (;;) {
    int64_t task = session->firstTask == NULL ? INT64_MAX : session->firstTask->due;
    int64_t tick = tick_due(session);
    if (task <= now && task <= tick)
      run_first(session);
    else if (tick <= now)
      ticks_until(session, task < now ? task : now);
    else
      break;
  }
  batch_close(session);
}

static void wait_until(Session *session, int64_t dueNs) {
  struct timespec at;
  int64_t due = session->originNs + dueNs;
  at.tv_sec = due / 1000000000;
  at.tv_nsec = due % 1000000000;
  pthread_cond_timedwait(&session->changed, &session->lock, &at);
}

/* One wait of a reader in `pace manual`: time jumps to what is due next, or to the end of the wait. */
static void jump(Session *session, int64_t deadline) {
  int64_t due = session_next_due(session);
  if (due <= deadline && due != INT64_MAX) {
    if (due > session->virtualNs) session->virtualNs = due;
    return;
  }
  if (deadline == INT64_MAX) {
    pthread_cond_wait(&session->changed, &session->lock);
    return;
  }
  wait_until(session, monotonic_ns() - session->originNs + manualWaitNs);
  if (session_next_due(session) > deadline && session->queue.count == 0) session->virtualNs = deadline;
}

/* The next event; 1 when there is none and the caller may not wait. `timeoutNs` 0 waits for ever. */
int await_event(Session *session, Event **out, int64_t timeoutNs, bool mayWait) {
  int64_t deadline = timeoutNs == 0 ? INT64_MAX : session_now(session) + timeoutNs;
  for (;;) {
    session_advance(session);
    *out = queue_take(session);
    if (*out != NULL) return 0;
    if (!mayWait) return 1;
    int64_t now = session_now(session);
    if (now >= deadline) {
      *out = event_new(EVENT_TIMEOUT, 0);
      return 0;
    }
    if (session->scenario->pace == PACE_MANUAL) {
      jump(session, deadline);
      continue;
    }
    int64_t due = session_next_due(session);
    if (due < now + shortestWaitNs) due = now + shortestWaitNs;
    if (due > deadline) due = deadline;
    if (due == INT64_MAX)
      pthread_cond_wait(&session->changed, &session->lock);
    else
      wait_until(session, due);
  }
}
