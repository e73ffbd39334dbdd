/*
 * A scenario: which market there is and what goes wrong when. Read when a session is made, then constant.
 * README.md has the language.
 */
#ifndef TIDEGATE_SCENARIO_H
#define TIDEGATE_SCENARIO_H

#include "emulator.h"

typedef enum { PACE_REAL, PACE_FAST, PACE_MANUAL } Pace;

typedef struct Security {
  struct Security *hashNext;
  const char *name; /* interned */
  const char *currency;
  const char *source;
  int64_t price; /* all prices in units of 10^-decimals */
  int64_t spread;
  int64_t step; /* the widest move of one tick */
  int64_t range; /* between the day's high and low before the session began */
  double rate;  /* ticks a second */
  double pull;  /* share of the way back to `price` that a second takes; 0: the walk is free */
  int decimals;
  int size;
  int eid;
  bool isDelayed;
  bool isBad;
  bool isPaired; /* quotes carry both sides; no trades */
} Security;

typedef enum {
  DO_NOTHING,
  DO_CONNECTION_DOWN,
  DO_CONNECTION_UP,
  DO_SERVICE_DOWN,
  DO_SERVICE_UP,
  DO_TERMINATE,
  DO_BURST,
  DO_LOSE,
  DO_REVOKE,
  DO_END,
  DO_SILENCE,
  DO_DELAY,
  DO_REALTIME,
  DO_DEACTIVATE,
  DO_ACTIVATE,
  DO_FAIL_REQUESTS
} Deed;

/* Something that happens to a session. */
typedef struct {
  Deed deed;
  int64_t number;
  int64_t durationNs; /* 0: for ever */
  char subject[128];  /* a service or a security; empty: all */
  char category[32];
} Command;

typedef enum { WHEN_TIME, WHEN_EVENT, WHEN_TICK } Trigger;

typedef struct {
  Trigger trigger;
  int64_t at;  /* ns after the session started, events delivered, or ticks made */
  int session; /* which session of the scenario, from 1; 0: every one */
  Command command;
} Incident;

typedef struct {
  char operation[64]; /* empty: all */
  char category[32];
  char message[128];
  bool isTimeout;
} RequestRefusal;

typedef struct {
  int session; /* 0: every one */
  int code;
  char description[128];
} StartRefusal;

typedef struct {
  Definition *definition;
  char value[64];
} ExtraField;

enum { incidentsMax = 256, refusalsMax = 16, unavailableMax = 8, extrasMax = 64, entitlementsMax = 256 };
enum { securityBuckets = 1024 };

typedef struct {
  int session; /* which session of this path, from 1 */
  uint64_t seed;
  Pace pace;
  bool probes; /* `connect real`: ask the TCP port */
  int batch;
  int fragments;
  int page; /* rows of one PARTIAL_RESPONSE */
  int64_t ticksMax; /* 0: no end */
  int64_t dateNs;
  int64_t reconnectNs;
  int64_t connectNs, serviceNs, subscribeNs, requestNs;
  bool refusesUnknown;
  Security fallback;
  Security *buckets[securityBuckets];
  Security **securities;
  size_t securityCount, securityRoom;
  ExtraField extras[extrasMax];
  size_t extraCount;
  int entitlements[entitlementsMax];
  size_t entitlementCount;
  bool limitsEntitlements;
  Incident incidents[incidentsMax];
  size_t incidentCount;
  RequestRefusal requestRefusals[refusalsMax];
  size_t requestRefusalCount;
  StartRefusal startRefusals[refusalsMax];
  size_t startRefusalCount;
  char unavailable[unavailableMax][64];
  size_t unavailableCount;
  bool failsToken;
  bool failsAuthorization;
  int64_t subscriptionsMax; /* 0: no limit */
  int64_t requestsMax;      /* 0: no limit */
  int seatType;
  char error[160]; /* why the file could not be read; empty when it could */
} Scenario;

Scenario *scenario_for(const char *serverHost);
void scenario_free(Scenario *scenario);
const Security *scenario_security(Scenario *scenario, const char *name);
bool scenario_reads(Scenario *scenario, const char *line);
bool command_reads(const char *text, Command *out);
bool scenario_entitles(const Scenario *scenario, int eid);
void security_add(Scenario *scenario, const Security *security);
extern const char *const scenarioBuiltIn[];

/* The words of a line: quoted texts are one word. */
enum { wordsMax = 40 };
typedef struct {
  size_t count;
  char *words[wordsMax];
  char text[1024];
} Words;
bool words_read(const char *line, Words *out);
bool duration_reads(const char *word, int64_t *out);
bool number_reads(const char *word, double *out);

#endif
