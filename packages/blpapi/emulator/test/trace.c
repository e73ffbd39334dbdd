/*
 * Plays a script against the emulator and prints every event it gets, one message a line. The script comes
 * on standard input, one command a line; commands are the rows of `commands` below. Linked to nothing:
 * the library is the first argument.
 */
#include "abi_newer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;
static blpapi_SessionOptions_t *options;
static blpapi_Session_t *session;
static blpapi_Identity_t *identity;
static char lastToken[512];

static void *find(const char *name) {
  void *symbol = dlsym(library, name);
  if (symbol != NULL) return symbol;
  printf("no symbol %s\n", name);
  exit(100);
}
#define F(name) ((__typeof__(&blpapi_##name))find("blpapi_" #name))

static void report(const char *what, int code) {
  if (code != 0) printf("%s failed 0x%x %s\n", what, code, F(getLastErrorDescription)(code));
}

static blpapi_CorrelationId_t integer_id(const char *text) {
  blpapi_CorrelationId_t cid;
  memset(&cid, 0, sizeof cid);
  cid.size = sizeof cid;
  cid.valueType = CORRELATION_INT;
  cid.value.intValue = strtoull(text, NULL, 10);
  return cid;
}

static const char *event_name(int type) {
  static const char *const names[] = {"",        "ADMIN",           "SESSION",  "SUBSCRIPTION", "REQUEST",
                                      "RESPONSE", "PARTIAL",         "",         "DATA",         "SERVICE",
                                      "TIMEOUT", "AUTHORIZATION",   "",         "",             "TOKEN"};
  return names[type];
}

static int write_text(const char *data, int length, void *stream) {
  return fwrite(data, 1, (size_t)length, stream) == (size_t)length ? 0 : 1;
}

static void print_message(int type, blpapi_Message_t *message) {
  printf("%s %s", event_name(type), F(Message_typeString)(message));
  for (int index = 0; index < F(Message_numCorrelationIds)(message); index++) {
    blpapi_CorrelationId_t cid = F(Message_correlationId)(message, (size_t)index);
    if (cid.valueType != CORRELATION_UNSET) printf(" #%llu", (unsigned long long)cid.value.intValue);
  }
  if (F(Message_fragmentType)(message) != 0) printf(" fragment %d", F(Message_fragmentType)(message));
  printf(" ");
  F(Element_print)(F(Message_elements)(message), write_text, stdout, 0, -1);
  printf("\n");
  blpapi_Element_t *token = NULL;
  const char *text = NULL;
  if (F(Element_getElement)(F(Message_elements)(message), &token, "token", NULL) == 0 &&
      F(Element_getValueAsString)(token, &text, 0) == 0)
    snprintf(lastToken, sizeof lastToken, "%s", text);
}

/* The next event, printed unless quiet: its type, 10 for a time-out. `wanted` is set when its name came. */
static int take(int isQuiet, const char *wanted, int *hasCome, unsigned int timeoutMs) {
  blpapi_Event_t *event = NULL;
  blpapi_Message_t *message = NULL;
  report("nextEvent", F(Session_nextEvent)(session, &event, timeoutMs));
  int type = F(Event_eventType)(event);
  blpapi_MessageIterator_t *iterator = F(MessageIterator_create)(event);
  while (F(MessageIterator_next)(iterator, &message) == 0) {
    if (!isQuiet) print_message(type, message);
    if (wanted != NULL && strcmp(wanted, F(Message_typeString)(message)) == 0) *hasCome = 1;
  }
  F(MessageIterator_destroy)(iterator);
  F(Event_release)(event);
  return type;
}

static void do_option(char *words) {
  char key[64] = "";
  char value[512] = "";
  sscanf(words, "%63s %511[^\n]", key, value);
  if (strcmp(key, "host") == 0) F(SessionOptions_setServerHost)(options, value);
  else if (strcmp(key, "restart") == 0) F(SessionOptions_setAutoRestartOnDisconnection)(options, atoi(value));
  else if (strcmp(key, "queue") == 0) F(SessionOptions_setMaxEventQueueSize)(options, (size_t)atol(value));
  else if (strcmp(key, "attempts") == 0) F(SessionOptions_setNumStartAttempts)(options, atoi(value));
  else if (strcmp(key, "auth") == 0) F(SessionOptions_setAuthenticationOptions)(options, value);
  else if (strcmp(key, "port") == 0) F(SessionOptions_setServerPort)(options, (unsigned short)atoi(value));
  else if (strcmp(key, "timeout") == 0) F(SessionOptions_setConnectTimeout)(options, (unsigned)atoi(value));
  else if (strcmp(key, "pending") == 0) F(SessionOptions_setMaxPendingRequests)(options, atoi(value));
  else printf("no option %s\n", key);
}

static void do_create(char *words) {
  (void)words;
  session = F(Session_create)(options, NULL, NULL, NULL);
}

static void do_start(char *words) {
  (void)words;
  if (session == NULL) do_create(words);
  report("startAsync", F(Session_startAsync)(session));
}

static void do_start_and_wait(char *words) {
  (void)words;
  do_create(words);
  report("start", F(Session_start)(session));
}

static void do_stop(char *words) {
  (void)words;
  report("stop", F(Session_stop)(session));
}

static void do_destroy(char *words) {
  (void)words;
  if (identity != NULL) F(Identity_release)(identity);
  if (session != NULL) F(Session_destroy)(session);
  identity = NULL;
  session = NULL;
}

static void do_open(char *words) {
  blpapi_CorrelationId_t cid = integer_id("900");
  report("openServiceAsync", F(Session_openServiceAsync)(session, words, &cid));
}

static blpapi_SubscriptionList_t *list_of(char *words) {
  blpapi_SubscriptionList_t *list = F(SubscriptionList_create)();
  char *rest = strchr(words, ' ');
  blpapi_CorrelationId_t cid = integer_id(words);
  F(SubscriptionList_add)(list, rest == NULL ? "" : rest + 1, &cid, NULL, NULL, 0, 0);
  return list;
}

static void do_subscribe(char *words) {
  blpapi_SubscriptionList_t *list = list_of(words);
  report("subscribe", F(Session_subscribe)(session, list, NULL, NULL, 0));
  F(SubscriptionList_destroy)(list);
}

static void do_subscribe_as(char *words) {
  blpapi_SubscriptionList_t *list = list_of(words);
  report("subscribe", F(Session_subscribe)(session, list, identity, NULL, 0));
  F(SubscriptionList_destroy)(list);
}

static void do_unsubscribe(char *words) {
  blpapi_SubscriptionList_t *list = list_of(words);
  report("unsubscribe", F(Session_unsubscribe)(session, list, NULL, 0));
  F(SubscriptionList_destroy)(list);
}

static void do_resubscribe(char *words) {
  blpapi_SubscriptionList_t *list = list_of(words);
  report("resubscribe", F(Session_resubscribe)(session, list, NULL, 0));
  F(SubscriptionList_destroy)(list);
}

static void do_cancel(char *words) {
  blpapi_CorrelationId_t cid = integer_id(words);
  report("cancel", F(Session_cancel)(session, &cid, 1, NULL, 0));
}

static void do_take(char *words) {
  for (int count = atoi(words); count > 0; count--)
    if (take(0, NULL, NULL, 60000) == EVENT_TIMEOUT) break;
}

static void do_until(char *words) {
  int hasCome = 0;
  for (int count = 0; count < 100000 && !hasCome; count++)
    if (take(0, words, &hasCome, 60000) == EVENT_TIMEOUT) break;
  if (!hasCome) printf("%s never came\n", words);
}

static void do_skip(char *words) {
  int counts[16] = {0};
  for (int count = atoi(words); count > 0; count--) {
    int type = take(1, NULL, NULL, 60000);
    counts[type]++;
    if (type == EVENT_TIMEOUT) break;
  }
  for (int type = 0; type < 16; type++)
    if (counts[type] > 0) printf("skipped %d %s\n", counts[type], event_name(type));
}

static void do_wait(char *words) { printf("%s\n", event_name(take(0, NULL, NULL, (unsigned)atoi(words)))); }

static void do_apply(char *words) {
  report("apply", ((__typeof__(&tidegate_emulator_apply))find("tidegate_emulator_apply"))(session, words));
}

static void do_token(char *words) {
  blpapi_CorrelationId_t cid = integer_id(words);
  report("generateToken", F(Session_generateToken)(session, &cid, NULL));
}

/* name=value; arrays take one value after the other; values with digits and T are date-times. */
static void set_element(blpapi_Element_t *root, const char *name, const char *value) {
  blpapi_Element_t *found = NULL;
  unsigned year, month, day, hour, minute;
  int code = F(Element_getElement)(root, &found, name, NULL);
  if (code == 0 && F(Element_isArray)(found) && F(Element_isComplexType)(found)) {
    blpapi_Element_t *item = NULL;
    code = F(Element_appendElement)(found, &item);
    if (code == 0) code = F(Element_setElementString)(item, "fieldId", NULL, value);
    if (code == 0) code = F(Element_setElementString)(item, "value", NULL, "1");
  } else if (code == 0 && F(Element_isArray)(found)) {
    code = F(Element_setValueString)(found, value, ELEMENT_INDEX_END);
  } else if (code == 0 && sscanf(value, "%u-%u-%uT%u:%u", &year, &month, &day, &hour, &minute) == 5) {
    blpapi_Datetime_t time = {.parts = PARTS_DATE | PARTS_TIME, .year = (uint16_t)year,
                              .month = (uint8_t)month, .day = (uint8_t)day, .hours = (uint8_t)hour,
                              .minutes = (uint8_t)minute};
    code = F(Element_setElementDatetime)(root, name, NULL, &time);
  } else if (code == 0) {
    int datatype = F(Element_datatype)(found);
    if (datatype == TYPE_INT32) code = F(Element_setElementInt32)(root, name, NULL, atoi(value));
    else if (datatype == TYPE_BOOL) code = F(Element_setElementBool)(root, name, NULL, atoi(value));
    else code = F(Element_setElementString)(root, name, NULL, value);
  }
  report(name, code);
}

static blpapi_Request_t *request_of(char *words, char **id) {
  char *uri = strtok(words, "|");
  char *operation = strtok(NULL, "|");
  *id = strtok(NULL, "|");
  blpapi_Service_t *service = NULL;
  blpapi_Request_t *request = NULL;
  int code = F(Session_getService)(session, &service, uri);
  if (code == 0) code = F(Service_createRequest)(service, &request, operation);
  report("createRequest", code);
  for (char *pair = strtok(NULL, "|"); request != NULL && pair != NULL; pair = strtok(NULL, "|")) {
    char *value = strchr(pair, '=');
    if (value == NULL) continue;
    *value++ = '\0';
    set_element(F(Request_elements)(request), pair, strcmp(value, "$token") == 0 ? lastToken : value);
  }
  return request;
}

/* request <service>|<operation>|<id>|name=value|… */
static void do_request(char *words) {
  char *id = NULL;
  blpapi_Request_t *request = request_of(words, &id);
  if (request == NULL) return;
  blpapi_CorrelationId_t cid = integer_id(id);
  report("sendRequest", F(Session_sendRequest)(session, request, &cid, NULL, NULL, NULL, 0));
  F(Request_destroy)(request);
}

static void do_authorize(char *words) {
  char *id = NULL;
  blpapi_Request_t *request = request_of(words, &id);
  if (request == NULL) return;
  if (identity == NULL) identity = F(Session_createIdentity)(session);
  blpapi_CorrelationId_t cid = integer_id(id);
  report("sendAuthorizationRequest",
         F(Session_sendAuthorizationRequest)(session, request, identity, &cid, NULL, NULL, 0));
  F(Request_destroy)(request);
}

static void do_identity(char *words) {
  int seat = -2;
  int eid = atoi(words);
  int failed[4];
  int failedCount = 4;
  blpapi_Service_t *service = NULL;
  F(Session_getService)(session, &service, "//blp/apiauth");
  F(Identity_getSeatType)(identity, &seat);
  int isEntitled =
      F(Identity_hasEntitlements)(identity, service, NULL, &eid, 1, failed, &failedCount);
  printf("identity authorized %d seat %d eid %d entitled %d\n", F(Identity_isAuthorized)(identity, service),
         seat, eid, isEntitled);
}

static void do_cycles(char *words) {
  for (int count = atoi(words); count > 0; count--) {
    do_start(words);
    F(Session_stop)(session);
    do_destroy(words);
  }
}

static void do_alive(char *words) {
  (void)words;
  __typeof__(&tidegate_emulator_alive) count = (__typeof__(count))find("tidegate_emulator_alive");
  printf("alive %ld %ld %ld %ld\n", count(0), count(1), count(2), count(3));
}

static const struct {
  const char *name;
  void (*run)(char *words);
} commands[] = {
    {"option", do_option},           {"create", do_create},         {"start", do_start},
    {"start-and-wait", do_start_and_wait}, {"stop", do_stop},       {"destroy", do_destroy},
    {"open", do_open},               {"subscribe", do_subscribe},   {"subscribe-as", do_subscribe_as},
    {"unsubscribe", do_unsubscribe}, {"resubscribe", do_resubscribe}, {"cancel", do_cancel},
    {"take", do_take},               {"until", do_until},           {"skip", do_skip},
    {"wait", do_wait},               {"apply", do_apply},           {"token", do_token},
    {"request", do_request},         {"authorize", do_authorize},   {"identity", do_identity},
    {"cycles", do_cycles},           {"alive", do_alive},
};

int main(int count, char **words) {
  char line[4096];
  if (count < 2 || (library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL)) == NULL) {
    printf("cannot load the library: %s\n", dlerror());
    return 100;
  }
  options = F(SessionOptions_create)();
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    char *rest = strchr(line, ' ');
    if (rest != NULL) *rest++ = '\0';
    size_t index = 0;
    while (index < sizeof commands / sizeof *commands && strcmp(commands[index].name, line) != 0) index++;
    if (index == sizeof commands / sizeof *commands) printf("no command %s\n", line);
    else commands[index].run(rest == NULL ? line + strlen(line) : rest);
    fflush(stdout);
  }
  do_destroy(line);
  F(SessionOptions_destroy)(options);
  return 0;
}
