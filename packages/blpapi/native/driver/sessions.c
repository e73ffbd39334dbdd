/*
 * Runs whole sessions through the shim without JavaScript, for AddressSanitizer and valgrind: options, start,
 * services, subscriptions, a request, polls with a tiny and a large buffer, stop, destroy.
 *   sessions <library> <server host> <cycles> <polls>
 * The host may name a scenario of the emulator. Exit code 0 when each cycle gave events and nothing is left.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../abi.h"
#include "../buffer.h"
#include "../shim.h"

static void *handle;

static void *symbol(const char *name) {
  void *found = dlsym(handle, name);
  if (found == NULL) {
    fprintf(stderr, "%s is missing\n", name);
    exit(2);
  }
  return found;
}

#define CALL(result, name, ...) ((result(*)(__VA_ARGS__))symbol("blpapi_" #name))

static CorrelationId integer_id(uint64_t value) {
  CorrelationId id = {.header = 56 | CORRELATION_INT << 8, .value = value};
  return id;
}

typedef struct {
  void *session, *poller;
  uint8_t *buffer;
  uint32_t capacity;
  unsigned long messages;
} Run;

static int poll_once(Run *run) {
  int result = tgb_poll(run->poller, run->buffer, run->capacity, 50, 4096);
  if (result & TGB_MUST_GROW) {
    run->capacity *= 2;
    run->buffer = realloc(run->buffer, run->capacity);
  }
  uint32_t messages;
  memcpy(&messages, run->buffer + 20, 4);
  run->messages += messages;
  return result;
}

static void poll_many(Run *run, int times) {
  for (int index = 0; index < times; index++) poll_once(run);
}

static void subscribe(Run *run, const char *topic, uint64_t id) {
  void *list = CALL(void *, SubscriptionList_create, void)();
  const char *fields[] = {"LAST_PRICE", "BID", "ASK", "BID_SIZE", "ASK_SIZE", "TIME"};
  CorrelationId correlation = integer_id(id);
  CALL(int, SubscriptionList_add, void *, const char *, const CorrelationId *, const char **, const char **,
       size_t, size_t)(list, topic, &correlation, fields, NULL, 6, 0);
  CALL(int, Session_subscribe, void *, void *, void *, const char *, int)(run->session, list, NULL, NULL, 0);
  CALL(void, SubscriptionList_destroy, void *)(list);
}

static void request(Run *run, uint64_t id) {
  void *service = NULL, *made = NULL, *list = NULL;
  const char *operation = "ReferenceDataRequest";
  CALL(int, Session_getService, void *, void **, const char *)(run->session, &service, "//blp/refdata");
  if (service == NULL) return;
  CALL(int, Service_createRequest, void *, void **, const char *)(service, &made, operation);
  if (made == NULL) return;
  void *root = CALL(void *, Request_elements, void *)(made);
  const char *const lists[][2] = {{"securities", "IBM US Equity"}, {"fields", "PX_LAST"}};
  for (int index = 0; index < 2; index++) {
    CALL(int, Element_getElement, void *, void **, const char *, void *)(root, &list, lists[index][0], NULL);
    CALL(int, Element_setValueString, void *, const char *, size_t)(list, lists[index][1], 0xffffffff);
  }
  CorrelationId correlation = integer_id(id);
  CALL(int, Session_sendRequest, void *, void *, CorrelationId *, void *, void *, const char *, int)(
      run->session, made, &correlation, NULL, NULL, NULL, 0);
  CALL(void, Request_destroy, void *)(made);
}

static unsigned long cycle(void *library, const char *host, int polls) {
  void *options = CALL(void *, SessionOptions_create, void)();
  CALL(int, SessionOptions_setServerAddress, void *, const char *, unsigned short, size_t)
  (options, host, 8194, 0);
  Run run = {.capacity = 256, .buffer = malloc(256)};
  run.session = CALL(void *, Session_create, void *, void *, void *, void *)(options, NULL, NULL, NULL);
  CALL(void, SessionOptions_destroy, void *)(options);
  run.poller = tgb_poller_open(library, run.session, 1 << 20, 0);
  CALL(int, Session_startAsync, void *)(run.session);
  poll_many(&run, polls);
  const char *const services[] = {"//blp/mktdata", "//blp/refdata"};
  for (uint64_t index = 0; index < 2; index++) {
    CorrelationId correlation = integer_id(100 + index);
    CALL(int, Session_openServiceAsync, void *, const char *, CorrelationId *)(run.session, services[index],
                                                                               &correlation);
  }
  poll_many(&run, polls);
  subscribe(&run, "EURUSD BGN Curncy", 1);
  subscribe(&run, "NO SUCH Curncy", 2);
  request(&run, 3);
  poll_many(&run, polls);
  CALL(int, Session_stopAsync, void *)(run.session);
  poll_many(&run, polls);
  tgb_poller_close(run.poller);
  CALL(void, Session_destroy, void *)(run.session);
  free(run.buffer);
  return run.messages;
}

int main(int count, char **words) {
  if (count != 5) return 2;
  void *library = NULL;
  char text[512];
  int opened = tgb_library_open(words[1], &library, text, sizeof text);
  if (opened != TGB_OPENED) {
    fprintf(stderr, "%d %s\n", opened, text);
    return 2;
  }
  handle = dlopen(words[1], RTLD_NOW);
  tgb_logging_start(library, 3);
  unsigned long messages = 0;
  for (int index = 0; index < atoi(words[3]); index++) messages += cycle(library, words[2], atoi(words[4]));
  printf("%lu messages, %u pollers open\n", messages, tgb_pollers_open());
  return messages > 0 && tgb_pollers_open() == 0 ? 0 : 1;
}
