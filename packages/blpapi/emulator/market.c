/*
 * The market: each instrument walks at random from its own seed (scenario seed and security name), and
 * ticks at its own rate. market_messages.c puts what happened into messages.
 */
#include "session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t random_next(uint64_t *state) {
  uint64_t mixed = (*state += UINT64_C(0x9e3779b97f4a7c15));
  mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
  return mixed ^ (mixed >> 31);
}

uint64_t random_seed(uint64_t seed, const char *text) {
  uint64_t state = seed;
  for (; *text != '\0'; text++) state = state * UINT64_C(1099511628211) + (unsigned char)*text;
  return random_next(&state);
}

static const double powersOfTen[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

double price_of(const Instrument *instrument, int64_t units) {
  return (double)units / powersOfTen[instrument->security->decimals];
}

static size_t bucket_of(const char *interned) { return ((uintptr_t)interned >> 4) % instrumentBuckets; }

/* The day was under way before anybody looked: it has a range with the price somewhere inside. */
static void open_range(Instrument *instrument) {
  int64_t range = instrument->security->range;
  if (range <= 0) return;
  uint64_t random = random_next(&instrument->random);
  instrument->low -= range / 5 + (int64_t)(random % (uint64_t)(range / 2 + 1));
  instrument->high = instrument->low + range;
  instrument->open = instrument->low + (int64_t)((random >> 32) % (uint64_t)(range + 1));
}

static void open_market(Session *session, Instrument *instrument) {
  const Security *security = instrument->security;
  instrument->random = random_seed(session->scenario->seed, security->name);
  instrument->mid = security->price;
  instrument->bid = security->price - security->spread / 2;
  instrument->ask = instrument->bid + security->spread;
  instrument->last = instrument->open = instrument->high = instrument->low = security->price;
  instrument->close = security->price - (int64_t)(random_next(&instrument->random) % 7) * security->step;
  if (instrument->close < 1) instrument->close = 1;
  open_range(instrument);
  instrument->bidSize = instrument->askSize = instrument->lastSize = security->size;
  instrument->isDelayed = security->isDelayed;
  instrument->periodNs = security->rate > 0 ? (int64_t)(1e9 / security->rate) : 0;
  if (security->rate > 0 && instrument->periodNs < 1) instrument->periodNs = 1;
  instrument->heapIndex = SIZE_MAX;
}

/* NULL when the scenario refuses securities that it does not name. */
Instrument *instrument_for(Session *session, const char *name) {
  const char *interned = name_of(name)->text;
  size_t bucket = bucket_of(interned);
  for (Instrument *each = session->instruments[bucket]; each != NULL; each = each->hashNext)
    if (each->security->name == interned) return each;
  const Security *security = scenario_security(session->scenario, name);
  if (security == NULL && session->scenario->refusesUnknown) return NULL;
  Instrument *instrument = zeroed(sizeof *instrument);
  if (security == NULL) {
    instrument->own = session->scenario->fallback;
    instrument->own.name = interned;
    size_t length = strlen(interned);
    instrument->own.isPaired = length > 6 && strcmp(interned + length - 6, "Curncy") == 0;
    security = &instrument->own;
  }
  instrument->security = security;
  open_market(session, instrument);
  instrument->hashNext = session->instruments[bucket];
  session->instruments[bucket] = instrument;
  return instrument;
}

/* The way back to the start that one tick takes: whole units by chance, right on average. */
static int64_t way_back(const Instrument *instrument, uint64_t random) {
  const Security *security = instrument->security;
  if (security->pull <= 0 || security->rate <= 0) return 0;
  double share = security->pull / security->rate;
  double way = (double)(security->price - instrument->mid) * (share > 1 ? 1 : share);
  return (int64_t)floor(way + (double)(random & 0xffff) / 65536);
}

/* One move: the middle walks, the spread breathes, sizes change. */
void instrument_step(Instrument *instrument) {
  const Security *security = instrument->security;
  uint64_t random = random_next(&instrument->random);
  int64_t width = 2 * security->step + 1;
  int64_t mid = instrument->mid + (int64_t)(random % (uint64_t)width) - security->step;
  mid += way_back(instrument, random >> 48);
  int64_t least = security->price / 2 + 1;
  int64_t most = security->price * 2;
  instrument->mid = mid < least ? least : mid > most ? most : mid;
  int64_t spread = security->spread + (int64_t)((random >> 20) % (uint64_t)(security->spread / 2 + 1));
  instrument->bid = instrument->mid - spread / 2;
  if (instrument->bid < 1) instrument->bid = 1;
  instrument->ask = instrument->bid + (spread < 1 ? 1 : spread);
  instrument->bidSize = security->size * (int64_t)(1 + (random >> 32) % 9);
  instrument->askSize = security->size * (int64_t)(1 + (random >> 40) % 9);
}

static void widen_range(Instrument *instrument) {
  if (instrument->last > instrument->high) instrument->high = instrument->last;
  if (instrument->last < instrument->low) instrument->low = instrument->last;
}

static void trade(Instrument *instrument, uint64_t random) {
  instrument->last = (random & 1) != 0 ? instrument->ask : instrument->bid;
  instrument->lastSize = instrument->security->size * (int64_t)(1 + (random >> 8) % 5);
  instrument->volume += instrument->lastSize;
  instrument->turnover += instrument->lastSize * (instrument->last - instrument->open);
  instrument->trades++;
  widen_range(instrument);
}

static int next_kind(Instrument *instrument) {
  uint64_t random = random_next(&instrument->random);
  if (instrument->security->isPaired) {
    instrument->last = instrument->mid;
    widen_range(instrument);
    return MESSAGE_PAIRED;
  }
  switch (random % 4) {
    case 0:
      return MESSAGE_BID;
    case 1:
      return MESSAGE_ASK;
    case 2:
      trade(instrument, random >> 8);
      return MESSAGE_TRADE;
    default:
      return MESSAGE_PAIRED;
  }
}

static const int64_t conflationNs = 250000000;

/* Whether a subscription sees this tick: an interval shows one update a period, `conflate` all trades. */
static bool is_due(const Session *session, Subscription *subscription, int kind) {
  if (subscription->state != SUBSCRIPTION_ACTIVE) return false;
  int64_t periodNs = subscription->intervalNs;
  if (periodNs == 0 && subscription->isConflated && kind != MESSAGE_TRADE) periodNs = conflationNs;
  if (periodNs == 0) return true;
  int64_t now = session_now(session);
  if (now < subscription->nextUpdate) return false;
  subscription->nextUpdate = now + periodNs;
  return true;
}

void instrument_tick(Session *session, Instrument *instrument) {
  instrument_step(instrument);
  int kind = next_kind(instrument);
  session->ticks++;
  for (Subscription *each = instrument->subscriptions; each != NULL; each = each->nextOfInstrument) {
    if (!is_due(session, each, kind)) continue;
    if (each->barNs > 0)
      bar_for_tick(session, each);
    else
      message_for_tick(session, instrument, each, each->intervalNs > 0 ? MESSAGE_SUMMARY : kind);
  }
  incidents_after_tick(session);
}

static void place(Session *session, size_t index, Instrument *instrument) {
  session->heap[index] = instrument;
  instrument->heapIndex = index;
}

static void sift_up(Session *session, size_t index) {
  Instrument *moved = session->heap[index];
  while (index > 0) {
    size_t above = (index - 1) / 2;
    if (session->heap[above]->nextDue <= moved->nextDue) break;
    place(session, index, session->heap[above]);
    index = above;
  }
  place(session, index, moved);
}

static void sift_down(Session *session, size_t index) {
  Instrument *moved = session->heap[index];
  for (;;) {
    size_t below = index * 2 + 1;
    if (below >= session->heapCount) break;
    if (below + 1 < session->heapCount && session->heap[below + 1]->nextDue < session->heap[below]->nextDue)
      below++;
    if (session->heap[below]->nextDue >= moved->nextDue) break;
    place(session, index, session->heap[below]);
    index = below;
  }
  place(session, index, moved);
}

void instrument_starts(Session *session, Instrument *instrument) {
  if (instrument->heapIndex != SIZE_MAX || instrument->periodNs == 0) return;
  if (session->heapCount == session->heapRoom) {
    session->heapRoom = session->heapRoom == 0 ? 64 : session->heapRoom * 2;
    session->heap = realloc(session->heap, session->heapRoom * sizeof *session->heap);
    if (session->heap == NULL) abort();
  }
  uint64_t share = random_next(&instrument->random) % 1000;
  instrument->nextDue = session_now(session) + instrument->periodNs / 1000 * (int64_t)share + 1;
  session->heap[session->heapCount] = instrument;
  sift_up(session, session->heapCount++);
}

void instrument_stops(Session *session, Instrument *instrument) {
  size_t index = instrument->heapIndex;
  if (index == SIZE_MAX) return;
  instrument->heapIndex = SIZE_MAX;
  Instrument *last = session->heap[--session->heapCount];
  if (last == instrument) return;
  place(session, index, last);
  sift_up(session, index);
  sift_down(session, last->heapIndex);
}

static bool is_over(const Session *session) {
  return session->scenario->ticksMax > 0 && session->ticks >= session->scenario->ticksMax;
}

static void stop_all(Session *session) {
  while (session->heapCount > 0) instrument_stops(session, session->heap[0]);
}

/* Makes the ticks that are due. A reader that was away for long does not get every one of them. */
void ticks_until(Session *session, int64_t now) {
  static const int64_t memoryNs = INT64_C(10000000000);
  wall_refresh(session);
  while (session->heapCount > 0 && session->heap[0]->nextDue <= now) {
    if (is_over(session)) {
      stop_all(session);
      return;
    }
    Instrument *instrument = session->heap[0];
    if (instrument->nextDue < now - memoryNs) instrument->nextDue = now - memoryNs;
    session->lateNs = now - instrument->nextDue;
    instrument->nextDue += instrument->periodNs;
    sift_down(session, 0);
    if (instrument->nextDue > session->silentUntil) instrument_tick(session, instrument);
    session->lateNs = 0;
    if (session->firstTask != NULL && session->firstTask->due <= session_now(session)) return;
  }
}

/* That many ticks now, in turn: a burst, or all there is in `pace fast`. */
void ticks_make(Session *session, int64_t count) {
  wall_refresh(session);
  for (int64_t made = 0; made < count && session->heapCount > 0; made++) {
    if (is_over(session)) {
      stop_all(session);
      return;
    }
    if (session->ringNext >= session->heapCount) session->ringNext = 0;
    instrument_tick(session, session->heap[session->ringNext++]);
  }
}

void instruments_free(Session *session) {
  for (size_t bucket = 0; bucket < instrumentBuckets; bucket++) {
    for (Instrument *each = session->instruments[bucket]; each != NULL;) {
      Instrument *next = each->hashNext;
      instrument_templates_free(each);
      free(each);
      each = next;
    }
    session->instruments[bucket] = NULL;
  }
  free(session->heap);
  session->heap = NULL;
  session->heapCount = session->heapRoom = 0;
}
