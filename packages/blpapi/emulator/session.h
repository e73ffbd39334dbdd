/*
 * A session from inside. Time passes only when somebody looks: nextEvent, and every other call, first does
 * what has become due since (tasks and ticks, in the order of their times). So there is no thread to race
 * with, a seed decides everything, and what is seen is what a library with threads would have shown.
 * All of it is guarded by the session's lock.
 */
#ifndef TIDEGATE_SESSION_H
#define TIDEGATE_SESSION_H

#include "options.h"
#include "scenario.h"
#include "subscription_list.h"

typedef struct Task Task;
typedef struct Subscription Subscription;
typedef struct Instrument Instrument;

typedef void (*Work)(Session *session, Task *task);

/* Something to do at a time: usually to deliver an event. */
struct Task {
  Task *next;
  int64_t due; /* session time, ns */
  Work work;   /* NULL: deliver `event` */
  Event *event;
  EventQueue *queue; /* NULL: the session's own */
  CorrelationId cid;
  Command command;
  Identity *identity;
  Service *service;
  bool isRequest; /* one of a request's answers */
  bool isLast;    /* its last one */
};

enum { MESSAGE_SUMMARY, MESSAGE_PAIRED, MESSAGE_BID, MESSAGE_ASK, MESSAGE_TRADE, MESSAGE_KINDS };

/* A message of one kind, ready to be copied into an event: header, correlation id, elements. */
typedef struct {
  Message message;
  CorrelationId cid;
  uint32_t count;
  uint8_t *fields; /* which market field each element is */
  Element elements[];
} Template;

/* A security as one session sees it trade. */
struct Instrument {
  const Security *security; /* NULL for one the scenario does not name: then `own` */
  Security own;
  Instrument *hashNext;
  Template *templates[MESSAGE_KINDS];
  Subscription *subscriptions;
  uint64_t random;
  int64_t mid, bid, ask, last, open, high, low, close; /* units of 10^-decimals */
  int64_t volume;
  int64_t turnover; /* volume x units, for the average price */
  int64_t bidSize, askSize, lastSize;
  int64_t trades;
  int64_t nextDue;
  int64_t periodNs;
  size_t heapIndex;         /* SIZE_MAX: does not tick */
  bool isDelayed;
};

typedef enum { SUBSCRIPTION_PENDING, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_INACTIVE } SubscriptionState;

struct Subscription {
  CorrelationId cid;
  Subscription *hashNext;
  Subscription *nextOfInstrument;
  Subscription *previous, *next; /* in order of subscribing */
  Instrument *instrument;
  Service *service;
  SubscriptionState state;
  int64_t intervalNs; /* 0: every tick */
  int64_t nextUpdate;
  int64_t barNs, barEnd;
  double barOpen, barHigh, barLow, barClose;
  int64_t barVolume;
  int barTicks;
  bool isConflated;
  bool isDelayed;
  bool isStarted;
  bool hasLost;
  char serviceUri[64];
  char *topic; /* the security */
  char *fields;
};

typedef enum { SESSION_NEW, SESSION_STARTING, SESSION_STARTED, SESSION_FAILED, SESSION_STOPPED } SessionState;

enum { subscriptionBuckets = 4096, instrumentBuckets = 4096, queuesMax = 64, openMax = 16 };

struct blpapi_Session {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  SessionOptions options;
  Scenario *scenario;
  int number; /* of all sessions of the process, for log lines */
  blpapi_EventHandler_t handler;
  void *userData;
  pthread_t thread;
  bool hasThread;
  atomic_bool isEnding;

  SessionState state;
  bool isConnected;
  int attempts;
  int probe; /* socket of a connection attempt, -1: none */
  int64_t probeDeadline;
  size_t probeAddress;

  int64_t originNs; /* monotonic clock when the session was made */
  int64_t virtualNs;
  int64_t startedNs;
  int64_t silentUntil;
  int64_t wallCacheFor;
  int64_t lateNs; /* since the tick being made fell due: a thread had received it then */
  Instant wallTime, wallDate, wallDateTime;

  EventList queue;
  Event *batch; /* data event that still takes messages */
  int64_t delivered;
  int64_t ticks;
  bool isSlow;
  bool hasLost;

  Task *firstTask, *lastTask;
  int pendingRequests;
  int64_t requestsMade;
  int64_t subscriptionCount;
  Subscription *subscriptions[subscriptionBuckets];
  Subscription *firstSubscription, *lastSubscription;
  Instrument *instruments[instrumentBuckets];
  Instrument **heap; /* instruments that tick, soonest first; in fast pace a ring */
  size_t heapCount, heapRoom;
  size_t ringNext;
  int64_t startedCount; /* subscriptions that the server accepted */

  Service *open[openMax];
  size_t openCount;
  Service *down[openMax];
  size_t downCount;
  Identity *identity;  /* of the whole session */
  CorrelationId identityCid;
  Identity *granted[16]; /* of generateAuthorizedIdentity */
  CorrelationId grantedCids[16];
  size_t grantedCount;
  Identity *identities; /* all that were authorised here, for revocation */
  EventQueue *queues[queuesMax];
  size_t queueCount;
};

struct blpapi_Identity {
  atomic_int references;
  atomic_bool isAuthorized;
  Identity *next; /* in its session's list */
  Session *session;
  int seatType;
  bool limitsEntitlements;
  size_t entitlementCount;
  int entitlements[entitlementsMax];
};

/* clock.c: time and tasks */
int64_t session_now(const Session *session);
int64_t session_wall(const Session *session);
Task *task_add(Session *session, int64_t delayNs, Work work);
void task_event(Session *session, int64_t delayNs, Event *event, EventQueue *queue);
void task_free(Task *task);
Task *tasks_take_requests(Session *session, const CorrelationId *cid);
void tasks_clear(Session *session);
void session_advance(Session *session);
int64_t session_next_due(const Session *session); /* INT64_MAX: nothing */
int await_event(Session *session, Event **out, int64_t timeoutNs, bool mayWait);

/* session_queue.c: what the reader sees */
void deliver(Session *session, Event *event);
bool queue_has_room(Session *session);
Event *queue_take(Session *session);
void batch_close(Session *session);
Event *status_event(Session *session, int type, const char *message, const CorrelationId *cid,
                    Message **out);
void put_reason(Element *parent, const char *name, const char *source, const char *category, int code,
                const char *description, const char *subcategory);
extern const char *const emulatorAddress;

/* connection.c: starting, losing and regaining the connection, the end */
void session_begin(Session *session);
void session_end(Session *session, const char *description);
void connection_down(Session *session);
void connection_up(Session *session);
void requests_fail(Session *session, const char *description);

/* incidents.c */
void incidents_schedule(Session *session);
void incidents_after_event(Session *session);
void incidents_after_tick(Session *session);
void command_run(Session *session, const Command *command);

/* service_access.c */
bool service_is_open(const Session *session, const Service *service);
bool service_is_down(const Session *session, const Service *service);
bool service_is_unavailable(const Session *session, const char *uri);
void service_opened(Session *session, Service *service);

/* subscriptions.c */
Subscription *subscription_find(Session *session, const CorrelationId *cid);
void subscription_remove(Session *session, Subscription *subscription);
void subscriptions_free(Session *session);
void subscription_activate(Session *session, Subscription *subscription, const char *reason);
void subscription_deactivate(Session *session, Subscription *subscription, const char *reason);
void subscription_fail(Session *session, Subscription *subscription, const char *message,
                       const char *category, int code, const char *description);

/* market.c: prices and the messages they make */
Instrument *instrument_for(Session *session, const char *name);
void instrument_step(Instrument *instrument);
void instrument_tick(Session *session, Instrument *instrument);
void instrument_starts(Session *session, Instrument *instrument);
void instrument_stops(Session *session, Instrument *instrument);
void instruments_free(Session *session);
void ticks_until(Session *session, int64_t now);
void ticks_make(Session *session, int64_t count);
void summary_send(Session *session, Subscription *subscription, const char *subtype);
double price_of(const Instrument *instrument, int64_t units);
uint64_t random_next(uint64_t *state);
uint64_t random_seed(uint64_t seed, const char *text);

/* market_messages.c */
void message_for_tick(Session *session, Instrument *instrument, Subscription *subscription, int kind);
void instrument_templates_free(Instrument *instrument);
void wall_refresh(Session *session);
Event *snapshot_event(Session *session, Instrument *instrument, const CorrelationId *cid);
void bar_for_tick(Session *session, Subscription *subscription);

/* requests.c and its answers */
void answer_request(Session *session, const Request *request, const CorrelationId *cid, EventQueue *queue);
typedef struct {
  Session *session;
  const Request *request;
  const CorrelationId *cid;
  EventQueue *queue;
  int64_t delayNs;
} Reply;
Message *reply_part(Reply *reply, bool isLast, size_t bytes);
void reply_error(Reply *reply, const char *category, const char *message);
void put_error(Element *parent, const char *name, const char *category, int64_t code, const char *message,
               const char *subcategory);
void answer_reference(Reply *reply);
void answer_history(Reply *reply);
void answer_bars(Reply *reply);
void answer_ticks(Reply *reply);
void answer_instruments(Reply *reply);
void answer_fields(Reply *reply);
void answer_categories(Reply *reply);
bool reads_date(const char *text, int64_t *unixNs);

/* identity.c */
void identity_authorize(Session *session, Identity *identity);
void identities_revoke(Session *session);
void identities_forget(Session *session);

/* event_queue.c */
void queue_deliver(EventQueue *queue, Event *event);
void queue_adopt(Session *session, EventQueue *queue);
void queues_orphan(Session *session);

#endif
