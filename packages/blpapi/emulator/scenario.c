/*
 * Reading scenario files. A file that cannot be read does not become some other market: sessions that use
 * it fail to start and say which line was wrong.
 */
#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const Words *words, size_t index, const char *text) {
  return index < words->count && strcmp(words->words[index], text) == 0;
}

static bool whole(const Words *words, size_t index, int64_t least, int64_t most, int64_t *out) {
  double number;
  if (index >= words->count || !number_reads(words->words[index], &number)) return false;
  if (number != floor(number) || number < (double)least || number > (double)most) return false;
  *out = (int64_t)number;
  return true;
}

/* The options of `security`, `securities` and `default`, from word `index` on. */
static bool read_security(const Words *words, size_t index, Security *out) {
  double price = (double)out->price / pow(10, out->decimals);
  double spread = (double)out->spread / pow(10, out->decimals);
  double move = (double)out->step / pow(10, out->decimals);
  double range = (double)out->range / pow(10, out->decimals);
  double number;
  for (; index < words->count; index++) {
    const char *key = words->words[index];
    if (strcmp(key, "delayed") == 0) {
      out->isDelayed = true;
    } else if (strcmp(key, "bad") == 0) {
      out->isBad = true;
    } else if (strcmp(key, "paired") == 0) {
      out->isPaired = true;
    } else if (strcmp(key, "currency") == 0 && index + 1 < words->count) {
      out->currency = name_of(words->words[++index])->text;
    } else if (strcmp(key, "source") == 0 && index + 1 < words->count) {
      out->source = name_of(words->words[++index])->text;
    } else {
      if (++index >= words->count || !number_reads(words->words[index], &number) || number < 0) return false;
      if (strcmp(key, "price") == 0) price = number;
      else if (strcmp(key, "spread") == 0) spread = number;
      else if (strcmp(key, "volatility") == 0) move = number;
      else if (strcmp(key, "range") == 0) range = number;
      else if (strcmp(key, "pull") == 0 && number <= 1) out->pull = number;
      else if (strcmp(key, "rate") == 0 && number <= 1e6) out->rate = number;
      else if (strcmp(key, "decimals") == 0 && number <= 9) out->decimals = (int)number;
      else if (strcmp(key, "size") == 0 && number <= 1e9) out->size = (int)number;
      else if (strcmp(key, "eid") == 0 && number <= 1e9) out->eid = (int)number;
      else return false;
    }
  }
  double units = pow(10, out->decimals);
  if (price * units > 1e15 || range >= price) return false;
  out->price = llround(price * units);
  out->spread = llround(spread * units);
  out->step = llround(move * units);
  out->range = llround(range * units);
  if (out->step < 1) out->step = 1;
  if (out->spread < 1) out->spread = 1;
  return out->price > 0;
}

static size_t bucket_of(const char *interned) { return ((uintptr_t)interned >> 4) % securityBuckets; }

void security_add(Scenario *scenario, const Security *security) {
  if (scenario->securityCount == scenario->securityRoom) {
    scenario->securityRoom = scenario->securityRoom == 0 ? 32 : scenario->securityRoom * 2;
    scenario->securities =
        realloc(scenario->securities, scenario->securityRoom * sizeof *scenario->securities);
    if (scenario->securities == NULL) abort();
  }
  Security *copy = zeroed(sizeof *copy);
  *copy = *security;
  size_t bucket = bucket_of(copy->name);
  copy->hashNext = scenario->buckets[bucket];
  scenario->buckets[bucket] = copy;
  scenario->securities[scenario->securityCount++] = copy;
}

/* What the name alone says: currencies are quoted on both sides and have no trades. */
static Security named(const Scenario *scenario, const char *name) {
  Security security = scenario->fallback;
  security.name = name_of(name)->text;
  size_t length = strlen(name);
  if (length > 6 && strcmp(name + length - 6, "Curncy") == 0) security.isPaired = true;
  return security;
}

const Security *scenario_security(Scenario *scenario, const char *name) {
  const Name *known = name_known(name, strlen(name));
  if (known == NULL) return NULL;
  for (Security *each = scenario->buckets[bucket_of(known->text)]; each != NULL; each = each->hashNext)
    if (each->name == known->text) return each;
  return NULL;
}

static bool read_securities(Scenario *scenario, const Words *words) {
  int64_t count;
  char name[128];
  if (!whole(words, 1, 1, 200000, &count) || words->count < 3) return false;
  const char *star = strchr(words->words[2], '*');
  if (star == NULL || strlen(words->words[2]) > 100) return false;
  for (int64_t number = 1; number <= count; number++) {
    snprintf(name, sizeof name, "%.*s%05lld%s", (int)(star - words->words[2]), words->words[2],
             (long long)number, star + 1);
    Security security = named(scenario, name);
    if (!read_security(words, 3, &security)) return false;
    security_add(scenario, &security);
  }
  return true;
}

static bool read_field(Scenario *scenario, const Words *words) {
  if (words->count != 4 || scenario->extraCount == extrasMax) return false;
  int datatype = datatype_named(words->words[2]);
  if (datatype < TYPE_BOOL || datatype > TYPE_STRING) return false;
  ExtraField *extra = &scenario->extras[scenario->extraCount];
  extra->definition = field_definition(words->words[1], datatype);
  if (extra->definition == NULL) return false;
  snprintf(extra->value, sizeof extra->value, "%.63s", words->words[3]);
  scenario->extraCount++;
  return true;
}

/* `at 2s …`, `at event 17 …`, `at tick 1000 …`; `session 2` or `session every` at the end. */
static bool read_incident(Scenario *scenario, const char *line, const Words *words) {
  if (scenario->incidentCount == incidentsMax || words->count < 3) return false;
  Incident *incident = &scenario->incidents[scenario->incidentCount];
  memset(incident, 0, sizeof *incident);
  incident->session = 1;
  size_t from = 2;
  incident->trigger = is(words, 1, "event") ? WHEN_EVENT : is(words, 1, "tick") ? WHEN_TICK : WHEN_TIME;
  if (incident->trigger == WHEN_TIME) {
    if (!duration_reads(words->words[1], &incident->at)) return false;
  } else if (!whole(words, from++, 0, 1000000000, &incident->at)) {
    return false;
  }
  size_t until = words->count;
  if (until >= 2 && is(words, until - 2, "session")) {
    int64_t session = 0;
    if (!is(words, until - 1, "every") && !whole(words, until - 1, 1, 1000000, &session)) return false;
    incident->session = (int)session;
    until -= 2;
  }
  char text[1024] = "";
  (void)line;
  for (size_t index = from; index < until; index++) {
    strcat(text, " \"");
    strcat(text, words->words[index]);
    strcat(text, "\"");
    if (strlen(text) > 700) return false;
  }
  if (!command_reads(text, &incident->command)) return false;
  scenario->incidentCount++;
  return true;
}

static bool read_start_refusal(Scenario *scenario, const Words *words) {
  int64_t code;
  int64_t session = 1;
  size_t index = 3;
  if (!is(words, 1, "fail") || !whole(words, 2, 1, 100000, &code)) return false;
  if (scenario->startRefusalCount == refusalsMax) return false;
  StartRefusal *refusal = &scenario->startRefusals[scenario->startRefusalCount];
  snprintf(refusal->description, sizeof refusal->description, "Connection failed");
  if (index < words->count && !is(words, index, "session"))
    snprintf(refusal->description, sizeof refusal->description, "%.127s", words->words[index++]);
  if (is(words, index, "session")) {
    if (is(words, index + 1, "every")) session = 0;
    else if (!whole(words, index + 1, 1, 1000000, &session)) return false;
  }
  refusal->code = (int)code;
  refusal->session = (int)session;
  scenario->startRefusalCount++;
  return true;
}

static bool read_request_refusal(Scenario *scenario, const Words *words) {
  if (words->count < 3 || scenario->requestRefusalCount == refusalsMax) return false;
  RequestRefusal *refusal = &scenario->requestRefusals[scenario->requestRefusalCount];
  memset(refusal, 0, sizeof *refusal);
  refusal->isTimeout = is(words, 1, "timeout");
  if (!refusal->isTimeout && !is(words, 1, "fail")) return false;
  if (!is(words, 2, "*")) snprintf(refusal->operation, sizeof refusal->operation, "%.63s", words->words[2]);
  snprintf(refusal->category, sizeof refusal->category, "%.31s",
           words->count > 3 ? words->words[3] : refusal->isTimeout ? "TIMEOUT" : "LIMIT");
  snprintf(refusal->message, sizeof refusal->message, "%.127s",
           words->count > 4 ? words->words[4] : refusal->isTimeout ? "Timed out" : "Daily capacity reached");
  scenario->requestRefusalCount++;
  return true;
}

static bool read_entitlements(Scenario *scenario, const Words *words) {
  scenario->limitsEntitlements = true;
  for (size_t index = 1; index < words->count; index++) {
    int64_t eid;
    if (!whole(words, index, 0, 1000000000, &eid) || scenario->entitlementCount == entitlementsMax)
      return false;
    scenario->entitlements[scenario->entitlementCount++] = (int)eid;
  }
  return true;
}

bool scenario_entitles(const Scenario *scenario, int eid) {
  if (!scenario->limitsEntitlements) return true;
  for (size_t index = 0; index < scenario->entitlementCount; index++)
    if (scenario->entitlements[index] == eid) return true;
  return false;
}

static bool read_date(Scenario *scenario, const char *word) {
  unsigned year, month, day;
  if (sscanf(word, "%4u-%2u-%2u", &year, &month, &day) != 3 || year < 1970 || month < 1 || month > 12 ||
      day < 1 || day > 31)
    return false;
  blpapi_Datetime_t date = {.parts = PARTS_DATE,
                            .year = (uint16_t)year,
                            .month = (uint8_t)month,
                            .day = (uint8_t)day};
  scenario->dateNs = instant_ns(&date);
  return true;
}

static bool read_latency(Scenario *scenario, const Words *words) {
  static const char *const kinds[] = {"connect", "service", "subscribe", "request", "reconnect"};
  int64_t *const places[] = {&scenario->connectNs, &scenario->serviceNs, &scenario->subscribeNs,
                             &scenario->requestNs, &scenario->reconnectNs};
  if (words->count != 3) return false;
  for (size_t index = 0; index < 5; index++)
    if (is(words, 1, kinds[index])) return duration_reads(words->words[2], places[index]);
  return false;
}

static bool read_number(Scenario *scenario, const Words *words) {
  int64_t number = 0;
  bool isOne = words->count == 2 && whole(words, 1, 1, INT64_C(1000000000000), &number);
  if (is(words, 0, "seed") && isOne) scenario->seed = (uint64_t)number;
  else if (is(words, 0, "ticks") && isOne) scenario->ticksMax = number;
  else if (is(words, 0, "batch") && isOne && number <= 4096) scenario->batch = (int)number;
  else if (is(words, 0, "fragments") && isOne && number <= 8) scenario->fragments = (int)number;
  else if (is(words, 0, "page") && isOne && number <= 100000) scenario->page = (int)number;
  else if (is(words, 0, "seat") && is(words, 1, "bps")) scenario->seatType = 0;
  else if (is(words, 0, "seat") && is(words, 1, "nonbps")) scenario->seatType = 1;
  else if (is(words, 0, "limit") && is(words, 1, "subscriptions"))
    return whole(words, 2, 1, 1000000000, &scenario->subscriptionsMax);
  else if (is(words, 0, "limit") && is(words, 1, "requests"))
    return whole(words, 2, 0, 1000000000, &scenario->requestsMax) && (scenario->requestsMax++, true);
  else return false;
  return true;
}

static bool read_switch(Scenario *scenario, const Words *words) {
  if (is(words, 0, "pace")) {
    scenario->pace = is(words, 1, "fast") ? PACE_FAST : is(words, 1, "manual") ? PACE_MANUAL : PACE_REAL;
    return is(words, 1, "real") || scenario->pace != PACE_REAL;
  }
  if (is(words, 0, "connect")) {
    scenario->probes = is(words, 1, "real");
    return scenario->probes || is(words, 1, "instant");
  }
  if (is(words, 0, "unknown")) {
    scenario->refusesUnknown = is(words, 1, "refuse");
    return scenario->refusesUnknown || is(words, 1, "accept");
  }
  if (is(words, 0, "token")) return scenario->failsToken = is(words, 1, "fail");
  if (is(words, 0, "authorization")) return scenario->failsAuthorization = is(words, 1, "fail");
  if (is(words, 0, "date") && words->count == 2) return read_date(scenario, words->words[1]);
  return read_number(scenario, words);
}

/* One line; false when it is not understood. */
bool scenario_reads(Scenario *scenario, const char *line) {
  Words words;
  if (!words_read(line, &words)) return false;
  if (words.count == 0) return true;
  if (is(&words, 0, "security") && words.count >= 2 && strlen(words.words[1]) < 100) {
    Security security = named(scenario, words.words[1]);
    if (!read_security(&words, 2, &security)) return false;
    security_add(scenario, &security);
    return true;
  }
  if (is(&words, 0, "securities")) return read_securities(scenario, &words);
  if (is(&words, 0, "default")) return read_security(&words, 1, &scenario->fallback);
  if (is(&words, 0, "field")) return read_field(scenario, &words);
  if (is(&words, 0, "at")) return read_incident(scenario, line, &words);
  if (is(&words, 0, "startup")) return read_start_refusal(scenario, &words);
  if (is(&words, 0, "request")) return read_request_refusal(scenario, &words);
  if (is(&words, 0, "entitled")) return read_entitlements(scenario, &words);
  if (is(&words, 0, "latency")) return read_latency(scenario, &words);
  if (is(&words, 0, "service") && is(&words, 1, "unavailable") && words.count == 3 &&
      scenario->unavailableCount < unavailableMax && strlen(words.words[2]) < 64) {
    strcpy(scenario->unavailable[scenario->unavailableCount++], words.words[2]);
    return true;
  }
  return read_switch(scenario, &words);
}
