/*
 * Which scenario a session gets: that of its server host ("scenario:<path>"), that of the environment
 * (BLPAPI_EMULATOR_SCENARIO), or the one built in. Sessions of one path share the count of sessions, so
 * that an incident can befall the first and spare the next.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { pathsMax = 256 };

static pthread_mutex_t scenariosLock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  Name *path;
  int sessions;
} paths[pathsMax];
static size_t pathCount;

/*
 * The market when nobody asked for another: majors, crosses and a few shares. Pairs and metals start where
 * the simulated providers of the demo start, and are pulled back there as theirs are, so that the two differ
 * as two views of one market do.
 */
const char *const scenarioBuiltIn[] = {
    "seed 20260105",
    "latency connect 5ms",
    "latency service 2ms",
    "latency subscribe 2ms",
    "latency request 5ms",
    "default price 100 decimals 2 spread 0.02 volatility 0.02 rate 1 size 100 eid 35009 currency USD",
    "security \"EURUSD BGN Curncy\" price 1.08500 decimals 5 spread 0.00004 volatility 0.00001"
    " pull 0.002 rate 8 range 0.00543 size 1000000 eid 14014 source BGN",
    "security \"GBPUSD BGN Curncy\" price 1.27200 decimals 5 spread 0.00006 volatility 0.00001"
    " pull 0.002 rate 6 range 0.00636 size 1000000 eid 14014 source BGN",
    "security \"USDJPY BGN Curncy\" price 151.250 decimals 3 spread 0.004 volatility 0.001"
    " pull 0.002 rate 8 range 0.756 size 1000000 eid 14014 currency JPY source BGN",
    "security \"AUDUSD BGN Curncy\" price 0.65800 decimals 5 spread 0.00005 volatility 0.00001"
    " pull 0.002 rate 4 range 0.00329 size 1000000 eid 14014 source BGN",
    "security \"USDCHF BGN Curncy\" price 0.90400 decimals 5 spread 0.00006 volatility 0.00001"
    " pull 0.002 rate 4 range 0.00452 size 1000000 eid 14014 currency CHF source BGN",
    "security \"USDCAD BGN Curncy\" price 1.36500 decimals 5 spread 0.00006 volatility 0.00001"
    " pull 0.002 rate 4 range 0.00683 size 1000000 eid 14014 currency CAD source BGN",
    "security \"NZDUSD BGN Curncy\" price 0.60300 decimals 5 spread 0.00007 volatility 0.00001"
    " pull 0.002 rate 3 range 0.00301 size 1000000 eid 14014 source BGN",
    "security \"EURGBP BGN Curncy\" price 0.85299 decimals 5 spread 0.00006 volatility 0.00001"
    " pull 0.002 rate 4 range 0.00426 size 1000000 eid 14014 currency GBP source BGN",
    "security \"EURJPY BGN Curncy\" price 164.106 decimals 3 spread 0.008 volatility 0.001"
    " pull 0.002 rate 4 range 0.821 size 1000000 eid 14014 currency JPY source BGN",
    "security \"EURCHF BGN Curncy\" price 0.98084 decimals 5 spread 0.00007 volatility 0.00001"
    " pull 0.002 rate 3 range 0.00490 size 1000000 eid 14014 currency CHF source BGN",
    "security \"GBPJPY BGN Curncy\" price 192.390 decimals 3 spread 0.012 volatility 0.002"
    " pull 0.002 rate 3 range 0.962 size 1000000 eid 14014 currency JPY source BGN",
    "security \"EURSEK BGN Curncy\" price 11.2450 decimals 4 spread 0.0020 volatility 0.0002"
    " pull 0.002 rate 2 range 0.0562 size 1000000 eid 14014 currency SEK source BGN",
    "security \"EURNOK BGN Curncy\" price 11.4120 decimals 4 spread 0.0022 volatility 0.0002"
    " pull 0.002 rate 2 range 0.0571 size 1000000 eid 14014 currency NOK source BGN",
    "security \"USDCNH BGN Curncy\" price 7.1932 decimals 4 spread 0.0006 volatility 0.0001"
    " pull 0.002 rate 2 range 0.0360 size 1000000 eid 14014 currency CNH source BGN",
    "security \"XAUUSD BGN Curncy\" price 2345.60 decimals 2 spread 0.25 volatility 0.03"
    " pull 0.002 rate 3 range 11.73 size 100 eid 14014 source BGN",
    "security \"XAGUSD BGN Curncy\" price 28.150 decimals 3 spread 0.01 volatility 0.001"
    " pull 0.002 rate 3 range 0.141 size 100 eid 14014 source BGN",
    "security \"IBM US Equity\" price 188.42 spread 0.02 volatility 0.02 rate 4 eid 14005 source US",
    "security \"AAPL US Equity\" price 191.56 spread 0.01 volatility 0.02 rate 6 eid 14005 source US",
    "security \"MSFT US Equity\" price 402.10 spread 0.02 volatility 0.04 rate 4 eid 14005 source US",
    "security \"VOD LN Equity\" price 67.84 spread 0.02 volatility 0.01 rate 2 eid 14003 currency GBp"
    " source LN delayed",
    "security \"SPX Index\" price 4906.19 spread 0.50 volatility 0.40 rate 2 eid 14027 source US",
    NULL,
};

static Scenario *scenario_new(void) {
  Scenario *scenario = zeroed(sizeof *scenario);
  scenario->seed = 1;
  scenario->batch = 8;
  scenario->fragments = 1;
  scenario->page = 1000;
  scenario->reconnectNs = INT64_C(3000000000);
  scenario->seatType = 0;
  scenario->fallback = (Security){.name = "",
                                  .currency = "USD",
                                  .source = "EMULATOR",
                                  .price = 10000,
                                  .spread = 2,
                                  .step = 2,
                                  .rate = 1,
                                  .decimals = 2,
                                  .size = 100,
                                  .eid = 35009};
  scenario_reads(scenario, "date 2026-01-05");
  return scenario;
}

static void read_built_in(Scenario *scenario) {
  for (const char *const *line = scenarioBuiltIn; *line != NULL; line++)
    if (!scenario_reads(scenario, *line)) abort();
}

static void read_file(Scenario *scenario, const char *path) {
  char line[1024];
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    snprintf(scenario->error, sizeof scenario->error, "Scenario cannot be read: %.100s", path);
    return;
  }
  for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
    if (strncmp(line, "include builtin", 15) == 0) {
      read_built_in(scenario);
      continue;
    }
    if (scenario_reads(scenario, line)) continue;
    snprintf(scenario->error, sizeof scenario->error, "Scenario line %d is not understood: %.100s", number,
             line);
    break;
  }
  fclose(file);
}

static int next_session(const char *path) {
  Name *name = name_of(path);
  for (size_t index = 0; index < pathCount; index++)
    if (paths[index].path == name) return ++paths[index].sessions;
  if (pathCount == pathsMax) return 1;
  paths[pathCount].path = name;
  paths[pathCount].sessions = 1;
  return paths[pathCount++].sessions;
}

void tidegate_emulator_reset(void) {
  pthread_mutex_lock(&scenariosLock);
  pathCount = 0;
  pthread_mutex_unlock(&scenariosLock);
}

Scenario *scenario_for(const char *serverHost) {
  static const char prefix[] = "scenario:";
  const char *path = NULL;
  schema_ready();
  if (strncmp(serverHost, prefix, sizeof prefix - 1) == 0)
    path = serverHost + sizeof prefix - 1;
  else
    path = getenv("BLPAPI_EMULATOR_SCENARIO");
  Scenario *scenario = scenario_new();
  if (path == NULL || path[0] == '\0')
    read_built_in(scenario);
  else
    read_file(scenario, path);
  pthread_mutex_lock(&scenariosLock);
  scenario->session = next_session(path == NULL ? "" : path);
  pthread_mutex_unlock(&scenariosLock);
  return scenario;
}

void scenario_free(Scenario *scenario) {
  for (size_t index = 0; index < scenario->securityCount; index++) free(scenario->securities[index]);
  free(scenario->securities);
  free(scenario);
}
