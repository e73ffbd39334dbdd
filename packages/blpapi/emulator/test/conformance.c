/*
 * Asks a library, given by path, everything that can be asked without a server, and compares with what the
 * genuine 3.8.18 library answered. Prints one line a question; the exit code is the number of failures,
 * 99 at most. Runs against the emulator and against a genuine library alike.
 */
#include "abi_newer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;
static int asked;
static int failures;

static void *find(const char *name) {
  void *symbol = dlsym(library, name);
  if (symbol != NULL) return symbol;
  printf("Bail out! no symbol %s\n", name);
  exit(100);
}

/* A function of the library under test, with the type of our own declaration. */
#define F(name) ((__typeof__(&blpapi_##name))find("blpapi_" #name))

static void check(const char *question, int isRight, const char *answer) {
  asked++;
  if (!isRight) failures++;
  printf("%s %d - %s%s%s\n", isRight ? "ok" : "not ok", asked, question, isRight ? "" : ": got ",
         isRight ? "" : answer);
}

static void expect_number(const char *question, double expected, double got) {
  char answer[64];
  snprintf(answer, sizeof answer, "%.9g", got);
  check(question, expected == got, answer);
}

static void expect_text(const char *question, const char *expected, const char *got) {
  check(question, got != NULL && strcmp(expected, got) == 0, got == NULL ? "(null)" : got);
}

/* A return code together with the text that the thread keeps for it; "" asks for no text. */
static void expect_refusal(const char *question, int expected, const char *text, int got) {
  char answer[400];
  const char *said = F(getLastErrorDescription)(got);
  snprintf(answer, sizeof answer, "0x%x %.300s", got, said);
  check(question, got == expected && (text[0] == '\0' || strcmp(said, text) == 0), answer);
}

static void ask_defaults(blpapi_SessionOptions_t *options) {
  expect_text("default serverHost", "127.0.0.1", F(SessionOptions_serverHost)(options));
  expect_number("default serverPort", 8194, F(SessionOptions_serverPort)(options));
  expect_number("default numServerAddresses", 1, F(SessionOptions_numServerAddresses)(options));
  expect_number("default connectTimeout", 5000, F(SessionOptions_connectTimeout)(options));
  expect_text("default defaultServices", "//blp/mktdata;//blp/refdata",
              F(SessionOptions_defaultServices)(options));
  expect_text("default defaultSubscriptionService", "//blp/mktdata",
              F(SessionOptions_defaultSubscriptionService)(options));
  expect_text("default defaultTopicPrefix", "/ticker/", F(SessionOptions_defaultTopicPrefix)(options));
  expect_number("default allowMultipleCorrelatorsPerMsg", 0,
                F(SessionOptions_allowMultipleCorrelatorsPerMsg)(options));
  expect_number("default clientMode", 0, F(SessionOptions_clientMode)(options));
  expect_number("default maxPendingRequests", 1024, F(SessionOptions_maxPendingRequests)(options));
  expect_number("default autoRestartOnDisconnection", 0,
                F(SessionOptions_autoRestartOnDisconnection)(options));
  expect_text("default authenticationOptions", "", F(SessionOptions_authenticationOptions)(options));
  expect_number("default numStartAttempts", 1, F(SessionOptions_numStartAttempts)(options));
  expect_number("default maxEventQueueSize", 10000, (double)F(SessionOptions_maxEventQueueSize)(options));
  expect_number("default slow high mark", 0.75, F(SessionOptions_slowConsumerWarningHiWaterMark)(options));
  expect_number("default slow low mark", 0.5, F(SessionOptions_slowConsumerWarningLoWaterMark)(options));
  expect_number("default keep-alive inactivity", 20000,
                F(SessionOptions_defaultKeepAliveInactivityTime)(options));
  expect_number("default keep-alive response", 5000,
                F(SessionOptions_defaultKeepAliveResponseTimeout)(options));
  expect_number("default keepAliveEnabled", 1, F(SessionOptions_keepAliveEnabled)(options));
  expect_number("default recordSubscriptionDataReceiveTimes", 0,
                F(SessionOptions_recordSubscriptionDataReceiveTimes)(options));
}

static void ask_limits(blpapi_SessionOptions_t *options) {
  static const char timeout[] = "Timeout is out of range of [1, 120000]";
  expect_refusal("setServerAddress 0", 0, "", F(SessionOptions_setServerAddress)(options, "127.0.0.1", 1, 0));
  expect_refusal("setServerAddress 1", 0, "", F(SessionOptions_setServerAddress)(options, "127.0.0.1", 2, 1));
  expect_refusal("setServerAddress 9", ERROR_INDEX_OUT_OF_RANGE, "Server index out of range",
                 F(SessionOptions_setServerAddress)(options, "127.0.0.1", 1, 9));
  expect_number("numServerAddresses", 2, F(SessionOptions_numServerAddresses)(options));
  expect_refusal("removeServerAddress 9", ERROR_INDEX_OUT_OF_RANGE, "Server index out of range",
                 F(SessionOptions_removeServerAddress)(options, 9));
  expect_refusal("removeServerAddress 1", 0, "", F(SessionOptions_removeServerAddress)(options, 1));
  expect_refusal("setConnectTimeout 0", ERROR_ILLEGAL_ARG, timeout,
                 F(SessionOptions_setConnectTimeout)(options, 0));
  expect_refusal("setConnectTimeout 200000", ERROR_ILLEGAL_ARG, timeout,
                 F(SessionOptions_setConnectTimeout)(options, 200000));
  expect_refusal("setDefaultSubscriptionService bad", 0, "",
                 F(SessionOptions_setDefaultSubscriptionService)(options, "bad"));
  F(SessionOptions_setDefaultSubscriptionService)(options, "//blp/mktdata");
  expect_refusal("setSlowConsumerWarningHiWaterMark 2", ERROR_ILLEGAL_ARG,
                 "hiWaterMark cannot be greater than 1.",
                 F(SessionOptions_setSlowConsumerWarningHiWaterMark)(options, 2.0f));
}

static void ask_names(void) {
  check("names are interned", F(Name_create)("LAST_PRICE") == F(Name_create)("LAST_PRICE"), "two pointers");
  check("an unknown name is not found", F(Name_findName)("NEVER_MADE_BEFORE_17") == NULL, "a pointer");
  expect_number("Name_length", 10, (double)F(Name_length)(F(Name_create)("LAST_PRICE")));
  expect_text("Name_string", "LAST_PRICE", F(Name_string)(F(Name_create)("LAST_PRICE")));
}

static blpapi_CorrelationId_t integer_id(uint64_t value) {
  blpapi_CorrelationId_t cid;
  memset(&cid, 0, sizeof cid);
  cid.size = sizeof cid;
  cid.valueType = CORRELATION_INT;
  cid.value.intValue = value;
  return cid;
}

static void expect_topic(blpapi_SubscriptionList_t *list, size_t index, const char *expected) {
  const char *topic = NULL;
  F(SubscriptionList_topicStringAt)(list, &topic, index);
  expect_text("topic", expected, topic);
}

static void ask_lists(void) {
  const char *two[] = {"LAST_PRICE", "BID"};
  const char *bid[] = {"BID"};
  const char *options[] = {"interval=2", "conflate"};
  const char *topic = NULL;
  uint32_t header = 0;
  blpapi_CorrelationId_t cid = integer_id(1);
  blpapi_CorrelationId_t unset;
  memset(&unset, 0, sizeof unset);
  blpapi_SubscriptionList_t *list = F(SubscriptionList_create)();
  __typeof__(&blpapi_SubscriptionList_add) add = F(SubscriptionList_add);
  expect_refusal("add fields and options", 0, "", add(list, "IBM US Equity", &cid, two, options, 2, 2));
  expect_refusal("add only fields", 0, "", add(list, "/ticker/IBM US Equity", &cid, bid, NULL, 1, 0));
  expect_refusal("add no fields", 0, "",
                 add(list, "//blp/mktdata/ticker/IBM US Equity", &cid, NULL, NULL, 0, 0));
  expect_refusal("add a second ?", 0, "",
                 add(list, "//blp/mktdata/ticker/IBM US Equity?fields=ASK", &cid, bid, NULL, 1, 0));
  expect_refusal("add an empty topic", 0, "", add(list, "", &cid, bid, NULL, 1, 0));
  expect_refusal("add an unset id", 0, "", add(list, "MSFT US Equity", &unset, bid, NULL, 1, 0));
  expect_topic(list, 0, "IBM US Equity?fields=LAST_PRICE,BID&interval=2&conflate");
  expect_topic(list, 1, "/ticker/IBM US Equity?fields=BID");
  expect_topic(list, 2, "//blp/mktdata/ticker/IBM US Equity");
  expect_topic(list, 3, "//blp/mktdata/ticker/IBM US Equity?fields=ASK?fields=BID");
  expect_topic(list, 4, "?fields=BID");
  expect_topic(list, 5, "MSFT US Equity?fields=BID");
  blpapi_CorrelationId_t found;
  F(SubscriptionList_correlationIdAt)(list, &found, 0);
  memcpy(&header, &found, sizeof header);
  expect_number("header of an integer id", 0x138, header);
  F(SubscriptionList_correlationIdAt)(list, &found, 5);
  memcpy(&header, &found, sizeof header);
  expect_number("header of an id that was unset", 0x338, header);
  expect_refusal("topicStringAt 99", ERROR_INDEX_OUT_OF_RANGE, "Invalid SubscriptionList index",
                 F(SubscriptionList_topicStringAt)(list, &topic, 99));
  expect_number("size", 6, F(SubscriptionList_size)(list));
  F(SubscriptionList_destroy)(list);
}

static void ask_unstarted(blpapi_Session_t *session) {
  blpapi_Event_t *event = NULL;
  blpapi_Service_t *service = NULL;
  blpapi_CorrelationId_t cid = integer_id(5);
  blpapi_SubscriptionList_t *list = F(SubscriptionList_create)();
  F(SubscriptionList_add)(list, "IBM US Equity", &cid, NULL, NULL, 0, 0);
  expect_refusal("tryNextEvent on an empty queue", ERROR_UNKNOWN, "BLPAPI_ERROR_UNKNOWN",
                 F(Session_tryNextEvent)(session, &event));
  expect_refusal("subscribe before start", ERROR_ILLEGAL_STATE, "Session Not Started",
                 F(Session_subscribe)(session, list, NULL, NULL, 0));
  expect_refusal("openServiceAsync before start", ERROR_ILLEGAL_STATE, "Session Not Started",
                 F(Session_openServiceAsync)(session, "//blp/mktdata", &cid));
  expect_refusal("getService before start", ERROR_SERVICE_NOT_FOUND, "Service '//blp/mktdata' not found.",
                 F(Session_getService)(session, &service, "//blp/mktdata"));
  F(SubscriptionList_destroy)(list);
}

static void ask_scalar(blpapi_Element_t *element, const char *name, const char *type, const char *text) {
  char expected[160];
  const char *string = NULL;
  int32_t number = 0;
  double real = 0;
  int64_t wide = 0;
  int flag = 0;
  blpapi_Datetime_t time;
  blpapi_Element_t *sub = NULL;
  int isNumber = strcmp(type, "Int32") == 0;
#define REFUSED(as) \
  snprintf(expected, sizeof expected, \
           "Attempt to access value of element '%s'(type: '%s') as '%s' type.", name, type, as)
  expect_text(name, name, F(Element_nameString)(element));
  expect_number("datatype", isNumber ? TYPE_INT32 : TYPE_STRING, F(Element_datatype)(element));
  expect_number("isArray", 0, F(Element_isArray)(element));
  expect_number("isNull", 0, F(Element_isNull)(element));
  expect_number("numValues", 1, (double)F(Element_numValues)(element));
  expect_number("numElements", 0, (double)F(Element_numElements)(element));
  expect_refusal("as string", 0, "", F(Element_getValueAsString)(element, &string, 0));
  if (text != NULL) expect_text("the string", text, string);
  REFUSED("Int32");
  expect_refusal("as int32", isNumber ? 0 : ERROR_INVALID_CONVERSION, isNumber ? "" : expected,
                 F(Element_getValueAsInt32)(element, &number, 0));
  REFUSED("Float64");
  expect_refusal("as float64", isNumber ? 0 : ERROR_INVALID_CONVERSION, isNumber ? "" : expected,
                 F(Element_getValueAsFloat64)(element, &real, 0));
  REFUSED("Int64");
  expect_refusal("as int64", isNumber ? 0 : ERROR_INVALID_CONVERSION, isNumber ? "" : expected,
                 F(Element_getValueAsInt64)(element, &wide, 0));
  if (isNumber) expect_number("the same number", number, (double)wide + real - number);
  REFUSED("bool");
  expect_refusal("as bool", ERROR_INVALID_CONVERSION, expected, F(Element_getValueAsBool)(element, &flag, 0));
  REFUSED("Element");
  expect_refusal("as element", ERROR_INVALID_CONVERSION, expected,
                 F(Element_getValueAsElement)(element, &sub, 0));
  REFUSED("Datetime");
  expect_refusal("as date-time", ERROR_INVALID_CONVERSION, expected,
                 F(Element_getValueAsDatetime)(element, &time, 0));
  snprintf(expected, sizeof expected, "Attempt to access non-zero index '1' on scalar element '%s'", name);
  expect_refusal("as string at 1", ERROR_ILLEGAL_ARG, expected,
                 F(Element_getValueAsString)(element, &string, 1));
  snprintf(expected, sizeof expected, "Attempt to access sub-element on non-complex element '%s'.", name);
  expect_refusal("getElementAt on a scalar", ERROR_ILLEGAL_ACCESS, expected,
                 F(Element_getElementAt)(element, &sub, 0));
}

static void ask_reason(blpapi_Element_t *reason, int code) {
  blpapi_Element_t *found = NULL;
  char number[16];
  snprintf(number, sizeof number, "%d", code);
  static const char *const names[] = {"source", "category", "errorCode", "description"};
  const char *const texts[] = {"Session", "IO_ERROR", number, "Connection failed"};
  expect_number("reason datatype", TYPE_SEQUENCE, F(Element_datatype)(reason));
  expect_number("reason isComplexType", 1, F(Element_isComplexType)(reason));
  expect_number("reason numElements", 4, (double)F(Element_numElements)(reason));
  expect_number("reason numValues", 1, (double)F(Element_numValues)(reason));
  expect_refusal("getElement unknown", ERROR_ITEM_NOT_FOUND, "Sub-element 'nope' does not exist.",
                 F(Element_getElement)(reason, &found, "nope", NULL));
  expect_refusal("getElement of an unset optional", ERROR_ITEM_NOT_FOUND,
                 "Attempt to access unavailable sub-element 'subcategory' of element 'reason'.",
                 F(Element_getElement)(reason, &found, "subcategory", NULL));
  expect_refusal("getElementAt 99", ERROR_INDEX_OUT_OF_RANGE, "Index '99' out of bounds.",
                 F(Element_getElementAt)(reason, &found, 99));
  expect_number("hasElement unknown", 0, F(Element_hasElement)(reason, "x", NULL));
  expect_number("hasElement known", 1, F(Element_hasElement)(reason, "description", NULL));
  for (size_t index = 0; index < 4; index++) {
    if (F(Element_getElementAt)(reason, &found, index) != 0) continue;
    ask_scalar(found, names[index], index == 2 ? "Int32" : "String", texts[index]);
  }
}

static void ask_failure(blpapi_Event_t *event) {
  blpapi_Message_t *message = NULL;
  blpapi_Element_t *reason = NULL;
  blpapi_TimePoint_t received = {0};
  uint32_t header = 1;
  expect_number("type of the event", EVENT_SESSION_STATUS, F(Event_eventType)(event));
  blpapi_MessageIterator_t *iterator = F(MessageIterator_create)(event);
  expect_number("a message", 0, F(MessageIterator_next)(iterator, &message));
  expect_text("its type", "SessionStartupFailure", F(Message_typeString)(message));
  expect_number("its correlation ids", 1, F(Message_numCorrelationIds)(message));
  blpapi_CorrelationId_t cid = F(Message_correlationId)(message, 0);
  memcpy(&header, &cid, sizeof header);
  expect_number("header of its id", 0, header);
  check("it has no service", F(Message_service)(message) == NULL, "a service");
  expect_number("fragmentType", 0, F(Message_fragmentType)(message));
  expect_number("timeReceived", 0, F(Message_timeReceived)(message, &received));
  blpapi_Element_t *root = F(Message_elements)(message);
  expect_text("root name", "SessionStartupFailure", F(Element_nameString)(root));
  expect_number("root datatype", TYPE_SEQUENCE, F(Element_datatype)(root));
  expect_number("root isComplexType", 1, F(Element_isComplexType)(root));
  expect_number("root isArray", 0, F(Element_isArray)(root));
  expect_number("root isNull", 0, F(Element_isNull)(root));
  expect_number("root numElements", 1, (double)F(Element_numElements)(root));
  expect_number("root numValues", 1, (double)F(Element_numValues)(root));
  expect_refusal("getElement reason", 0, "", F(Element_getElement)(root, &reason, "reason", NULL));
  ask_reason(reason, 9);
  check("no further message", F(MessageIterator_next)(iterator, &message) != 0, "another one");
  F(MessageIterator_destroy)(iterator);
}

static void ask_failed(blpapi_Session_t *session) {
  blpapi_Event_t *event = NULL;
  expect_number("nextEvent after the failure", 0, F(Session_nextEvent)(session, &event, 50));
  expect_number("it is a time-out", EVENT_TIMEOUT, F(Event_eventType)(event));
  F(Event_release)(event);
  ask_unstarted(session);
  expect_refusal("start again", ERROR_ILLEGAL_STATE, "Session is starting or started",
                 F(Session_startAsync)(session));
  expect_number("stop after the failure", 0, F(Session_stop)(session));
  expect_number("nextEvent after stop", 0, F(Session_nextEvent)(session, &event, 50));
  expect_number("it is a time-out", EVENT_TIMEOUT, F(Event_eventType)(event));
  F(Event_release)(event);
}

static int logLines;
static void count_line(uint64_t thread, int severity, blpapi_Datetime_t time, const char *category,
                       const char *message) {
  (void)thread;
  (void)severity;
  if (time.year > 2000 && strstr(category, "blpapi.session") != NULL && message != NULL) logLines++;
}

int main(int count, char **words) {
  blpapi_Event_t *event = NULL;
  if (count < 2 || (library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL)) == NULL) {
    printf("Bail out! cannot load the library: %s\n", dlerror());
    return 100;
  }
  F(Logging_registerCallback)(count_line, SEVERITY_WARN);
  blpapi_SessionOptions_t *options = F(SessionOptions_create)();
  ask_defaults(options);
  ask_limits(options);
  ask_names();
  ask_lists();
  blpapi_Session_t *session = F(Session_create)(options, NULL, NULL, NULL);
  ask_unstarted(session);
  expect_refusal("startAsync", 0, "", F(Session_startAsync)(session));
  expect_refusal("startAsync twice", ERROR_ILLEGAL_STATE, "Session is starting or started",
                 F(Session_startAsync)(session));
  expect_number("nextEvent", 0, F(Session_nextEvent)(session, &event, 10000));
  ask_failure(event);
  F(Event_release)(event);
  ask_failed(session);
  check("log lines went to the callback", logLines >= 2, "none");
  F(Session_destroy)(session);
  F(SessionOptions_destroy)(options);
  printf("1..%d\n", asked);
  return failures > 99 ? 99 : failures;
}
