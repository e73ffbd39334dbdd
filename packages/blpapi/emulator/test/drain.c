/*
 * How fast a reader can drain the emulator: reads every field of every message by name, on one thread.
 * Arguments: library, scenario, messages to read. Prints messages a second.
 */
#include "abi_newer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *library;

static void *find(const char *name) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) exit(100);
  return symbol;
}
#define F(name) ((__typeof__(&blpapi_##name))find("blpapi_" #name))

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

enum { wantedCount = 10 };
static const char *const wanted[wantedCount] = {
    "BID",                 "ASK",      "MID",  "BID_SIZE", "ASK_SIZE", "BID_UPDATE_STAMP_RT",
    "ASK_UPDATE_STAMP_RT", "EID",      "IS_DELAYED_STREAM", "RT_PRICING_SOURCE"};

typedef struct {
  __typeof__(&blpapi_Element_getElement) getElement;
  __typeof__(&blpapi_Element_getValueAsFloat64) asFloat64;
  __typeof__(&blpapi_Element_getValueAsHighPrecisionDatetime) asTime;
  __typeof__(&blpapi_Element_getValueAsBool) asBool;
  __typeof__(&blpapi_Element_getValueAsString) asString;
  blpapi_Name_t *names[wantedCount];
} Reader;

static double read_fields(const Reader *reader, blpapi_Element_t *root) {
  double sum = 0;
  double number = 0;
  int flag = 0;
  const char *text = NULL;
  blpapi_HighPrecisionDatetime_t time;
  blpapi_Element_t *field = NULL;
  for (int index = 0; index < wantedCount; index++) {
    if (reader->getElement(root, &field, NULL, reader->names[index]) != 0) continue;
    if (index == 8) reader->asBool(field, &flag, 0);
    else if (index == 9) reader->asString(field, &text, 0);
    else if (index == 5 || index == 6) reader->asTime(field, &time, 0);
    else if (reader->asFloat64(field, &number, 0) == 0) sum += number;
  }
  return sum;
}

static void subscribe_all(blpapi_Session_t *session) {
  char topic[64];
  blpapi_CorrelationId_t cid;
  memset(&cid, 0, sizeof cid);
  cid.size = sizeof cid;
  cid.valueType = CORRELATION_INT;
  blpapi_SubscriptionList_t *list = F(SubscriptionList_create)();
  for (int number = 1; number <= 50; number++) {
    snprintf(topic, sizeof topic, "CCY%05d Curncy?fields=BID,ASK", number);
    cid.value.intValue = (uint64_t)number;
    F(SubscriptionList_add)(list, topic, &cid, NULL, NULL, 0, 0);
  }
  F(Session_subscribe)(session, list, NULL, NULL, 0);
  F(SubscriptionList_destroy)(list);
}

int main(int count, char **words) {
  char host[512];
  if (count < 4 || (library = dlopen(words[1], RTLD_NOW)) == NULL) return 100;
  Reader reader = {.getElement = F(Element_getElement),
                   .asFloat64 = F(Element_getValueAsFloat64),
                   .asTime = F(Element_getValueAsHighPrecisionDatetime),
                   .asBool = F(Element_getValueAsBool),
                   .asString = F(Element_getValueAsString)};
  for (int index = 0; index < wantedCount; index++) reader.names[index] = F(Name_create)(wanted[index]);
  __typeof__(&blpapi_Session_nextEvent) nextEvent = F(Session_nextEvent);
  __typeof__(&blpapi_MessageIterator_create) iterate = F(MessageIterator_create);
  __typeof__(&blpapi_MessageIterator_next) nextMessage = F(MessageIterator_next);
  __typeof__(&blpapi_MessageIterator_destroy) endIteration = F(MessageIterator_destroy);
  __typeof__(&blpapi_Message_elements) elements = F(Message_elements);
  __typeof__(&blpapi_Message_correlationId) correlationId = F(Message_correlationId);
  __typeof__(&blpapi_Event_release) release = F(Event_release);
  blpapi_SessionOptions_t *options = F(SessionOptions_create)();
  snprintf(host, sizeof host, "scenario:%s", words[2]);
  F(SessionOptions_setServerHost)(options, host);
  blpapi_Session_t *session = F(Session_create)(options, NULL, NULL, NULL);
  F(Session_start)(session);
  subscribe_all(session);
  long goal = atol(words[3]);
  long messages = 0;
  double sum = 0;
  double began = seconds();
  while (messages < goal) {
    blpapi_Event_t *event = NULL;
    blpapi_Message_t *message = NULL;
    nextEvent(session, &event, 1000);
    blpapi_MessageIterator_t *iterator = iterate(event);
    while (nextMessage(iterator, &message) == 0) {
      sum += read_fields(&reader, elements(message)) + (double)correlationId(message, 0).value.intValue;
      messages++;
    }
    endIteration(iterator);
    release(event);
  }
  double took = seconds() - began;
  printf("%.0f messages/s of %d fields (%ld in %.2f s, sum %g)\n", (double)messages / took, wantedCount,
         messages, took, sum);
  F(Session_destroy)(session);
  F(SessionOptions_destroy)(options);
  return 0;
}
