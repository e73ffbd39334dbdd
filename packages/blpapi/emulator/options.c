/*
 * Session options: defaults, limits and refusals are those of the genuine 3.8.18 library.
 */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(char *place, size_t size, const char *text) {
  snprintf(place, size, "%s", text == NULL ? "" : text);
}
#define KEEP(place, text) keep(place, sizeof(place), text)

blpapi_SessionOptions_t *blpapi_SessionOptions_create(void) {
  SessionOptions *options = zeroed(sizeof *options);
  KEEP(options->addresses[0].host, "127.0.0.1");
  options->addresses[0].port = 8194;
  options->addressCount = 1;
  options->connectTimeout = 5000;
  KEEP(options->defaultServices, "//blp/mktdata;//blp/refdata");
  KEEP(options->defaultSubscriptionService, "//blp/mktdata");
  KEEP(options->defaultTopicPrefix, "/ticker/");
  options->maxPendingRequests = 1024;
  options->numStartAttempts = 1;
  options->maxEventQueueSize = 10000;
  options->slowHi = 0.75f;
  options->slowLo = 0.5f;
  options->keepAliveInactivity = 20000;
  options->keepAliveResponse = 5000;
  options->keepAliveEnabled = 1;
  options->serviceCheckTimeout = 60000;
  options->serviceDownloadTimeout = 120000;
  options->flushPublishedEventsTimeout = 2000;
  return options;
}

blpapi_SessionOptions_t *blpapi_SessionOptions_duplicate(const blpapi_SessionOptions_t *parameters) {
  SessionOptions *copy = zeroed(sizeof *copy);
  *copy = *parameters;
  return copy;
}

void blpapi_SessionOptions_destroy(blpapi_SessionOptions_t *parameters) { free(parameters); }

int blpapi_SessionOptions_setServerHost(blpapi_SessionOptions_t *parameters, const char *serverHost) {
  if (serverHost == NULL) return fail(ERROR_ILLEGAL_ARG, "Null server host");
  KEEP(parameters->addresses[0].host, serverHost);
  return 0;
}

int blpapi_SessionOptions_setServerPort(blpapi_SessionOptions_t *parameters, unsigned short serverPort) {
  parameters->addresses[0].port = serverPort;
  return 0;
}

int blpapi_SessionOptions_setServerAddress(blpapi_SessionOptions_t *parameters, const char *serverHost,
                                           unsigned short serverPort, size_t index) {
  if (serverHost == NULL) return fail(ERROR_ILLEGAL_ARG, "Null server host");
  if (index > parameters->addressCount || index >= addressesMax)
    return fail(ERROR_INDEX_OUT_OF_RANGE, "Server index out of range");
  if (index == parameters->addressCount) parameters->addressCount++;
  KEEP(parameters->addresses[index].host, serverHost);
  parameters->addresses[index].port = serverPort;
  return 0;
}

int blpapi_SessionOptions_removeServerAddress(blpapi_SessionOptions_t *parameters, size_t index) {
  if (index >= parameters->addressCount) return fail(ERROR_INDEX_OUT_OF_RANGE, "Server index out of range");
  size_t after = parameters->addressCount - index - 1;
  memmove(&parameters->addresses[index], &parameters->addresses[index + 1],
          after * sizeof parameters->addresses[0]);
  parameters->addressCount--;
  return 0;
}

int blpapi_SessionOptions_numServerAddresses(blpapi_SessionOptions_t *parameters) {
  return (int)parameters->addressCount;
}

int blpapi_SessionOptions_getServerAddress(blpapi_SessionOptions_t *parameters, const char **serverHost,
                                           unsigned short *serverPort, size_t index) {
  if (index >= parameters->addressCount) return fail(ERROR_INDEX_OUT_OF_RANGE, "Server index out of range");
  *serverHost = parameters->addresses[index].host;
  *serverPort = parameters->addresses[index].port;
  return 0;
}

int blpapi_SessionOptions_setConnectTimeout(blpapi_SessionOptions_t *parameters,
                                            unsigned int timeoutInMilliseconds) {
  if (timeoutInMilliseconds < 1 || timeoutInMilliseconds > 120000)
    return fail(ERROR_ILLEGAL_ARG, "Timeout is out of range of [1, 120000]");
  parameters->connectTimeout = timeoutInMilliseconds;
  return 0;
}

int blpapi_SessionOptions_setDefaultServices(blpapi_SessionOptions_t *parameters,
                                             const char *defaultServices) {
  KEEP(parameters->defaultServices, defaultServices);
  return 0;
}

int blpapi_SessionOptions_setDefaultSubscriptionService(blpapi_SessionOptions_t *parameters,
                                                        const char *serviceIdentifier) {
  KEEP(parameters->defaultSubscriptionService, serviceIdentifier);
  return 0;
}

int blpapi_SessionOptions_setSlowConsumerWarningHiWaterMark(blpapi_SessionOptions_t *parameters,
                                                            float hiWaterMark) {
  if (hiWaterMark > 1.0f) return fail(ERROR_ILLEGAL_ARG, "hiWaterMark cannot be greater than 1.");
  if (hiWaterMark <= 0.0f) return fail(ERROR_ILLEGAL_ARG, "hiWaterMark must be greater than 0.");
  parameters->slowHi = hiWaterMark;
  return 0;
}

int blpapi_SessionOptions_setSlowConsumerWarningLoWaterMark(blpapi_SessionOptions_t *parameters,
                                                            float loWaterMark) {
  if (loWaterMark < 0.0f) return fail(ERROR_ILLEGAL_ARG, "loWaterMark cannot be less than 0.");
  if (loWaterMark >= 1.0f) return fail(ERROR_ILLEGAL_ARG, "loWaterMark must be less than 1.");
  parameters->slowLo = loWaterMark;
  return 0;
}

static int set_positive(int *place, int value) {
  if (value <= 0) return fail(ERROR_ILLEGAL_ARG, "Value must be positive");
  *place = value;
  return 0;
}

int blpapi_SessionOptions_setDefaultKeepAliveInactivityTime(blpapi_SessionOptions_t *parameters,
                                                            int inactivityMsecs) {
  return set_positive(&parameters->keepAliveInactivity, inactivityMsecs);
}

int blpapi_SessionOptions_setDefaultKeepAliveResponseTimeout(blpapi_SessionOptions_t *parameters,
                                                             int timeoutMsecs) {
  return set_positive(&parameters->keepAliveResponse, timeoutMsecs);
}

int blpapi_SessionOptions_setKeepAliveEnabled(blpapi_SessionOptions_t *parameters, int isEnabled) {
  parameters->keepAliveEnabled = isEnabled != 0;
  return 0;
}

/* Setters that refuse nothing, and getters: one line each. */
#define SETTER(Name, type, statement) \
  void blpapi_SessionOptions_##Name(blpapi_SessionOptions_t *parameters, type value) { statement; }
#define GETTER(Name, type, place) \
  type blpapi_SessionOptions_##Name(blpapi_SessionOptions_t *parameters) { return parameters->place; }

SETTER(setNumStartAttempts, int, parameters->numStartAttempts = value)
SETTER(setAutoRestartOnDisconnection, int, parameters->autoRestartOnDisconnection = value)
SETTER(setAuthenticationOptions, const char *, KEEP(parameters->authenticationOptions, value))
SETTER(setClientMode, int, parameters->clientMode = value)
SETTER(setDefaultTopicPrefix, const char *, KEEP(parameters->defaultTopicPrefix, value))
SETTER(setAllowMultipleCorrelatorsPerMsg, int, parameters->allowMultipleCorrelatorsPerMsg = value)
SETTER(setMaxPendingRequests, int, parameters->maxPendingRequests = value)
SETTER(setMaxEventQueueSize, size_t, parameters->maxEventQueueSize = value)
SETTER(setRecordSubscriptionDataReceiveTimes, int, parameters->recordReceiveTimes = value != 0)

GETTER(serverHost, const char *, addresses[0].host)
GETTER(serverPort, unsigned int, addresses[0].port)
GETTER(connectTimeout, unsigned int, connectTimeout)
GETTER(defaultServices, const char *, defaultServices)
GETTER(defaultSubscriptionService, const char *, defaultSubscriptionService)
GETTER(defaultTopicPrefix, const char *, defaultTopicPrefix)
GETTER(allowMultipleCorrelatorsPerMsg, int, allowMultipleCorrelatorsPerMsg)
GETTER(clientMode, int, clientMode)
GETTER(maxPendingRequests, int, maxPendingRequests)
GETTER(autoRestartOnDisconnection, int, autoRestartOnDisconnection)
GETTER(authenticationOptions, const char *, authenticationOptions)
GETTER(numStartAttempts, int, numStartAttempts)
GETTER(maxEventQueueSize, size_t, maxEventQueueSize)
GETTER(slowConsumerWarningHiWaterMark, float, slowHi)
GETTER(slowConsumerWarningLoWaterMark, float, slowLo)
GETTER(defaultKeepAliveInactivityTime, int, keepAliveInactivity)
GETTER(defaultKeepAliveResponseTimeout, int, keepAliveResponse)
GETTER(keepAliveEnabled, int, keepAliveEnabled)
GETTER(recordSubscriptionDataReceiveTimes, int, recordReceiveTimes)
