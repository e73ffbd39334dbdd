/*
 * Several threads at once, for the thread sanitizer: a reader, a caller that subscribes, asks, cancels and
 * breaks things, and a second session that delivers to a handler. Arguments: library, scenario, rounds.
 */
#include "abi_newer.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;
static atomic_int isOver;
static atomic_long messagesRead;
static atomic_long messagesHandled;

static void *find(const char *name) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) exit(100);
  return symbol;
}
#define F(name) ((__typeof__(&blpapi_##name))find("blpapi_" #name))

static long read_event(blpapi_Event_t *event) {
  long count = 0;
  blpapi_Message_t *message = NULL;
  blpapi_Element_t *bid = NULL;
  const char *text = NULL;
  blpapi_MessageIterator_t *iterator = F(MessageIterator_create)(event);
  while (F(MessageIterator_next)(iterator, &message) == 0) {
    if (F(Element_getElement)(F(Message_elements)(message), &bid, "BID", NULL) == 0)
      F(Element_getValueAsString)(bid, &text, 0);
    count++;
  }
  F(MessageIterator_destroy)(iterator);
  return count;
}

static void *reader(void *argument) {
  while (!atomic_load(&isOver)) {
    blpapi_Event_t *event = NULL;
    F(Session_nextEvent)(argument, &event, 5);
    atomic_fetch_add(&messagesRead, read_event(event));
    F(Event_release)(event);
  }
  return NULL;
}

static void handle(blpapi_Event_t *event, blpapi_Session_t *session, void *userData) {
  (void)session;
  (void)userData;
  atomic_fetch_add(&messagesHandled, read_event(event));
}

static blpapi_CorrelationId_t integer_id(uint64_t value) {
  blpapi_CorrelationId_t cid;
  memset(&cid, 0, sizeof cid);
  cid.size = sizeof cid;
  cid.valueType = CORRELATION_INT;
  cid.value.intValue = value;
  return cid;
}

static blpapi_SubscriptionList_t *list_from(uint64_t first, int count) {
  char topic[64];
  blpapi_SubscriptionList_t *list = F(SubscriptionList_create)();
  for (int index = 0; index < count; index++) {
    blpapi_CorrelationId_t cid = integer_id(first + (uint64_t)index);
    snprintf(topic, sizeof topic, "SYM%05d US Equity?fields=BID", index + 1);
    F(SubscriptionList_add)(list, topic, &cid, NULL, NULL, 0, 0);
  }
  return list;
}

static void ask(blpapi_Session_t *session, uint64_t id) {
  blpapi_Service_t *service = NULL;
  blpapi_Request_t *request = NULL;
  blpapi_Element_t *array = NULL;
  blpapi_CorrelationId_t cid = integer_id(id);
  if (F(Session_getService)(session, &service, "//blp/refdata") != 0) return;
  F(Service_createRequest)(service, &request, "ReferenceDataRequest");
  F(Element_getElement)(F(Request_elements)(request), &array, "securities", NULL);
  F(Element_setValueString)(array, "SYM00001 US Equity", ELEMENT_INDEX_END);
  F(Element_getElement)(F(Request_elements)(request), &array, "fields", NULL);
  F(Element_setValueString)(array, "PX_LAST", ELEMENT_INDEX_END);
  F(Session_sendRequest)(session, request, &cid, NULL, NULL, NULL, 0);
  if (id % 3 == 0) F(Session_cancel)(session, &cid, 1, NULL, 0);
  F(Request_destroy)(request);
}

static void trouble(blpapi_Session_t *session, int rounds) {
  __typeof__(&tidegate_emulator_apply) apply = (__typeof__(apply))find("tidegate_emulator_apply");
  uint64_t id = 1;
  F(Session_openService)(session, "//blp/refdata");
  for (int round = 0; round < rounds; round++) {
    blpapi_SubscriptionList_t *list = list_from(id, 20);
    id += 20;
    F(Session_subscribe)(session, list, NULL, NULL, 0);
    apply(session, "burst 200");
    ask(session, UINT64_C(1000000) + id);
    if (round % 5 == 0) apply(session, "connection down for 2ms");
    if (round % 7 == 0) apply(session, "lose");
    F(Session_unsubscribe)(session, list, NULL, 0);
    F(SubscriptionList_destroy)(list);
  }
}

int main(int count, char **words) {
  pthread_t thread;
  char host[512];
  if (count < 4 || (library = dlopen(words[1], RTLD_NOW)) == NULL) return 100;
  blpapi_SessionOptions_t *options = F(SessionOptions_create)();
  snprintf(host, sizeof host, "scenario:%s", words[2]);
  F(SessionOptions_setServerHost)(options, host);
  F(SessionOptions_setAutoRestartOnDisconnection)(options, 1);
  F(SessionOptions_setMaxEventQueueSize)(options, 100);
  blpapi_Session_t *session = F(Session_create)(options, NULL, NULL, NULL);
  blpapi_Session_t *handled = F(Session_create)(options, handle, NULL, NULL);
  F(Session_start)(session);
  F(Session_start)(handled);
  blpapi_SubscriptionList_t *list = list_from(1, 20);
  F(Session_subscribe)(handled, list, NULL, NULL, 0);
  F(SubscriptionList_destroy)(list);
  pthread_create(&thread, NULL, reader, session);
  trouble(session, atoi(words[3]));
  while (atomic_load(&messagesHandled) < 100) trouble(session, 1);
  atomic_store(&isOver, 1);
  pthread_join(thread, NULL);
  F(Session_stop)(session);
  F(Session_destroy)(session);
  F(Session_destroy)(handled);
  F(SessionOptions_destroy)(options);
  __typeof__(&tidegate_emulator_alive) alive = (__typeof__(alive))find("tidegate_emulator_alive");
  printf("read %s, handled %s, alive %ld %ld %ld\n", messagesRead > 0 ? "some" : "none",
         messagesHandled > 0 ? "some" : "none", alive(0), alive(1), alive(2));
  return 0;
}
