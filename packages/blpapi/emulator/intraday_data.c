/*
 * IntradayBarRequest and IntradayTickRequest: walks of the past, from the seed and the time alone, in pages.
 */
#include "session.h"

#include <string.h>

static const int64_t minuteNs = INT64_C(60000000000);
static const int64_t tickEveryNs = INT64_C(10000000000);
static const int64_t rowsMost = 20000;

typedef struct {
  const Instrument *instrument;
  int64_t from;
  int64_t until;
  int64_t most;
  bool withEids;
} Span;

/* The security and the times; false after an error was sent. */
static bool read_span(Reply *reply, Span *span) {
  const Element *root = &reply->request->root;
  span->from = instant_ns(&element_child(root, name_of("startDateTime"))->value.time.datetime);
  span->until = instant_ns(&element_child(root, name_of("endDateTime"))->value.time.datetime);
  span->most = child_integer(root, "maxDataPoints", rowsMost);
  if (span->most < 1 || span->most > rowsMost) span->most = rowsMost;
  span->withEids = child_integer(root, "returnEids", 0) != 0;
  span->instrument = instrument_for(reply->session, child_text(root, "security"));
  if (span->instrument == NULL || span->instrument->security->isBad)
    reply_error(reply, "BAD_SEC", "Unknown/Invalid security");
  else if (!scenario_entitles(reply->session->scenario, span->instrument->security->eid))
    reply_error(reply, "NO_AUTH", "Not entitled to this security");
  else if (span->from >= span->until)
    reply_error(reply, "BAD_ARGS", "Invalid start or end time");
  else
    return true;
  return false;
}

static int64_t level(const Reply *reply, const Instrument *instrument, int64_t at, uint64_t salt) {
  uint64_t random = random_seed(reply->session->scenario->seed + (uint64_t)at + salt * 31,
                                instrument->security->name);
  int64_t step = instrument->security->step * 10;
  int64_t price = instrument->security->price + (int64_t)(random % (uint64_t)(2 * step + 1)) - step;
  return price < 1 ? 1 : price;
}

static Element *open_page(Reply *reply, const Span *span, bool isLast, const char *record, const char *rows) {
  Message *message = reply_part(reply, isLast, 0);
  Element *data = put(&message->root, record);
  Element *eids = put(data, "eidData");
  if (span->withEids) append_integer(eids, span->instrument->security->eid);
  return put(data, rows);
}

static void put_bar(const Reply *reply, Element *bar, const Instrument *instrument, int64_t at) {
  int64_t prices[4];
  int64_t high = 0;
  int64_t low = INT64_MAX;
  for (uint64_t index = 0; index < 4; index++) {
    prices[index] = level(reply, instrument, at, index);
    if (prices[index] > high) high = prices[index];
    if (prices[index] < low) low = prices[index];
  }
  int64_t volume = prices[2] % 1000 * instrument->security->size;
  put_time(bar, "time", instant_of(at, PARTS_DATE | PARTS_TIME));
  put_real(bar, "open", price_of(instrument, prices[0]));
  put_real(bar, "high", price_of(instrument, high));
  put_real(bar, "low", price_of(instrument, low));
  put_real(bar, "close", price_of(instrument, prices[3]));
  put_integer(bar, "volume", volume);
  put_integer(bar, "numEvents", prices[1] % 100 + 1);
  put_real(bar, "value", price_of(instrument, prices[3]) * (double)volume);
}

void answer_bars(Reply *reply) {
  Span span;
  int64_t interval = child_integer(&reply->request->root, "interval", 1);
  if (!read_span(reply, &span)) return;
  if (interval < 1 || interval > 1440) {
    reply_error(reply, "BAD_ARGS", "Interval must be between 1 and 1440 minutes");
    return;
  }
  int64_t step = interval * minuteNs;
  int64_t at = (span.from + step - 1) / step * step;
  int64_t left = at >= span.until ? 0 : (span.until - at + step - 1) / step;
  if (left > span.most) left = span.most;
  do {
    int64_t page = left < reply->session->scenario->page ? left : reply->session->scenario->page;
    Element *rows = open_page(reply, &span, page == left, "barData", "barTickData");
    for (int64_t index = 0; index < page; index++, at += step)
      put_bar(reply, element_item(rows), span.instrument, at);
    left -= page;
  } while (left > 0);
}

static void put_tick(const Reply *reply, Element *row, const Instrument *instrument, int64_t at,
                     const char *type) {
  int64_t price = level(reply, instrument, at, 0);
  put_time(row, "time", instant_of(at, PARTS_DATE | PARTS_TIME));
  put_text(row, "type", type);
  put_real(row, "value", price_of(instrument, price));
  put_integer(row, "size", instrument->security->size * (1 + price % 5));
  if (child_integer(&reply->request->root, "includeConditionCodes", 0) != 0)
    put_text(row, "conditionCodes", "R6");
  if (child_integer(&reply->request->root, "includeExchangeCodes", 0) != 0)
    put_text(row, "exchangeCode", instrument->security->source);
}

void answer_ticks(Reply *reply) {
  Span span;
  if (!read_span(reply, &span)) return;
  const Element *types = element_child(&reply->request->root, name_of("eventTypes"));
  int64_t at = (span.from + tickEveryNs - 1) / tickEveryNs * tickEveryNs;
  int64_t left = at >= span.until ? 0 : (span.until - at + tickEveryNs - 1) / tickEveryNs;
  if (left > span.most) left = span.most;
  uint32_t turn = 0;
  do {
    int64_t page = left < reply->session->scenario->page ? left : reply->session->scenario->page;
    Element *rows = open_page(reply, &span, page == left, "tickData", "tickData");
    for (int64_t index = 0; index < page; index++, at += tickEveryNs)
      put_tick(reply, element_item(rows), span.instrument, at,
               simple_items(types)[turn++ % types->many.count].name->text);
    left -= page;
  } while (left > 0);
}
