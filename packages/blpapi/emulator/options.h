/* What a session reads of its options; options.c has their defaults and limits. */
#ifndef TIDEGATE_OPTIONS_H
#define TIDEGATE_OPTIONS_H

#include "emulator.h"

enum { addressesMax = 16, optionTextMax = 1024 };

typedef enum { AUTH_NONE, AUTH_USER, AUTH_APPLICATION, AUTH_USER_AND_APPLICATION, AUTH_TOKEN } AuthMode;

struct blpapi_AuthOptions {
  AuthMode mode;
  char user[256];
  char application[256];
  char token[512];
};

struct blpapi_SessionOptions {
  struct {
    char host[512];
    unsigned short port;
  } addresses[addressesMax];
  size_t addressCount;
  unsigned int connectTimeout; /* ms */
  char defaultServices[optionTextMax];
  char defaultSubscriptionService[256];
  char defaultTopicPrefix[64];
  char authenticationOptions[optionTextMax];
  char sessionName[128];
  char applicationIdentityKey[256];
  int allowMultipleCorrelatorsPerMsg;
  int clientMode;
  int maxPendingRequests;
  int autoRestartOnDisconnection;
  int numStartAttempts;
  size_t maxEventQueueSize;
  float slowHi;
  float slowLo;
  int keepAliveInactivity; /* ms */
  int keepAliveResponse;   /* ms */
  int keepAliveEnabled;
  int recordReceiveTimes;
  int serviceCheckTimeout;    /* ms */
  int serviceDownloadTimeout; /* ms */
  int bandwidthSaveModeDisabled;
  int flushPublishedEventsTimeout; /* ms */
  bool hasTls;
  bool hasIdentity; /* an identity of the whole session, authorised before it starts */
  struct blpapi_AuthOptions identityOptions;
  CorrelationId identityCid;
};

#endif
