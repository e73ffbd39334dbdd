/*
 * Market data messages. Each instrument keeps one prepared message of every kind; a tick copies it into an
 * event and fills in what moved, so a message costs one copy and a dozen stores.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

typedef enum {
  FIELD_TYPE,
  FIELD_SUBTYPE,
  FIELD_LAST,
  FIELD_BID,
  FIELD_ASK,
  FIELD_MID,
  FIELD_BID_SIZE,
  FIELD_ASK_SIZE,
  FIELD_LAST_SIZE,
  FIELD_VOLUME,
  FIELD_OPEN,
  FIELD_HIGH,
  FIELD_LOW,
  FIELD_CLOSE,
  FIELD_CHANGE,
  FIELD_TRADES,
  FIELD_VWAP,
  FIELD_TIME,
  FIELD_QUOTE_STAMP,
  FIELD_TRADE_STAMP,
  FIELD_DATE,
  FIELD_EID,
  FIELD_DELAYED,
  FIELD_SOURCE,
  FIELD_CURRENCY,
  FIELD_EXCHANGE,
  FIELD_EXTRA
} FieldKind;

typedef struct {
  const char *name;
  FieldKind kind;
} FieldRow;

#define TYPES {"MKTDATA_EVENT_TYPE", FIELD_TYPE}, {"MKTDATA_EVENT_SUBTYPE", FIELD_SUBTYPE}
#define MARKS {"EID", FIELD_EID}, {"IS_DELAYED_STREAM", FIELD_DELAYED}, {"RT_PRICING_SOURCE", FIELD_SOURCE}
#define BIDS {"BID", FIELD_BID}, {"BID_SIZE", FIELD_BID_SIZE}, {"BID_UPDATE_STAMP_RT", FIELD_QUOTE_STAMP}
#define ASKS {"ASK", FIELD_ASK}, {"ASK_SIZE", FIELD_ASK_SIZE}, {"ASK_UPDATE_STAMP_RT", FIELD_QUOTE_STAMP}
#define TRADES                                                                                       \
  {"LAST_PRICE", FIELD_LAST}, {"SIZE_LAST_TRADE", FIELD_LAST_SIZE}, {"VOLUME", FIELD_VOLUME},        \
      {"HIGH", FIELD_HIGH}, {"LOW", FIELD_LOW}, {"NUM_TRADES_RT", FIELD_TRADES}, {"VWAP", FIELD_VWAP}, \
      {"TIME", FIELD_TIME}, {"TRADE_UPDATE_STAMP_RT", FIELD_TRADE_STAMP}

static const FieldRow summaryFields[] = {TYPES,
                                         BIDS,
                                         ASKS,
                                         TRADES,
                                         {"MID", FIELD_MID},
                                         {"OPEN", FIELD_OPEN},
                                         {"PREV_CLOSE_VALUE_REALTIME", FIELD_CLOSE},
                                         {"NET_CHANGE_ON_DAY_RT", FIELD_CHANGE},
                                         {"TRADING_DT_REALTIME", FIELD_DATE},
                                         {"CRNCY", FIELD_CURRENCY},
                                         {"EXCH_CODE_LAST", FIELD_EXCHANGE},
                                         MARKS};
static const FieldRow pairedFields[] = {TYPES, BIDS, ASKS, {"MID", FIELD_MID}, MARKS};
static const FieldRow bidFields[] = {TYPES, BIDS, MARKS};
static const FieldRow askFields[] = {TYPES, ASKS, MARKS};
static const FieldRow tradeFields[] = {TYPES, TRADES, {"EXCH_CODE_LAST", FIELD_EXCHANGE}, MARKS};

#define ROWS(rows) {rows, sizeof rows / sizeof *rows}
static const struct {
  const FieldRow *rows;
  size_t count;
} kindFields[MESSAGE_KINDS] = {ROWS(summaryFields), ROWS(pairedFields), ROWS(bidFields), ROWS(askFields),
                               ROWS(tradeFields)};
static const char *const kindTypes[MESSAGE_KINDS] = {"SUMMARY", "QUOTE", "QUOTE", "QUOTE", "TRADE"};
static const char *const kindSubtypes[MESSAGE_KINDS] = {"INITPAINT", "PAIRED", "BID", "ASK", "NEW"};

/* The clock's parts once for all messages of one moment. */
void wall_refresh(Session *session) {
  int64_t wall = session_wall(session);
  if (wall == session->wallCacheFor) return;
  session->wallCacheFor = wall;
  Instant at = instant_of(wall / 1000000 * 1000000, PARTS_DATE | PARTS_TIME | PART_FRACSECONDS | PART_OFFSET);
  session->wallDateTime = at;
  session->wallTime = at;
  session->wallTime.datetime.parts = PARTS_TIME | PART_OFFSET;
  session->wallTime.datetime.milliSeconds = 0;
  session->wallTime.datetime.year = 0;
  session->wallTime.datetime.month = session->wallTime.datetime.day = 0;
  session->wallDate = instant_of(wall, PARTS_DATE);
}

static void fill_extra(Element *element, const ExtraField *extra) {
  double number = strtod(extra->value, NULL);
  element->isNull = false;
  switch (element->datatype) {
    case TYPE_STRING:
      element->value.text = name_of(extra->value)->text;
      break;
    case TYPE_FLOAT32:
    case TYPE_FLOAT64:
      element->value.real = number;
      break;
    case TYPE_BOOL:
      element->value.integer = strcmp(extra->value, "true") == 0;
      break;
    case TYPE_CHAR:
      element->value.integer = (unsigned char)extra->value[0];
      break;
    default:
      element->value.integer = (int64_t)number;
  }
}

/* What does not move: it is filled in once. */
static void fill_fixed(Element *element, FieldKind kind, const Instrument *instrument, int messageKind) {
  const Security *security = instrument->security;
  if (kind == FIELD_TYPE) element->value.name = name_of(kindTypes[messageKind]);
  if (kind == FIELD_SUBTYPE) element->value.name = name_of(kindSubtypes[messageKind]);
  if (kind == FIELD_EID) element->value.integer = security->eid;
  if (kind == FIELD_SOURCE || kind == FIELD_EXCHANGE) element->value.text = security->source;
  if (kind == FIELD_CURRENCY) element->value.text = security->currency;
  if (kind == FIELD_OPEN) element->value.real = price_of(instrument, instrument->open);
  if (kind == FIELD_CLOSE) element->value.real = price_of(instrument, instrument->close);
}

static Template *template_new(Session *session, const Instrument *instrument, int kind) {
  size_t extras = session->scenario->extraCount;
  size_t count = kindFields[kind].count + extras;
  Template *made = zeroed(sizeof *made + count * sizeof(Element));
  made->fields = zeroed(count);
  made->count = (uint32_t)count;
  made->message.service = service_of("//blp/mktdata");
  made->message.cidCount = 1;
  element_open(&made->message.root, message_definition("MarketDataEvents"), NULL);
  made->message.root.many.count = made->message.root.many.capacity = (uint32_t)count;
  for (size_t index = 0; index < kindFields[kind].count; index++) {
    const FieldRow *row = &kindFields[kind].rows[index];
    element_open(&made->elements[index], field_known(name_of(row->name)), NULL);
    made->elements[index].isNull = false;
    made->fields[index] = (uint8_t)row->kind;
    fill_fixed(&made->elements[index], row->kind, instrument, kind);
  }
  for (size_t index = 0; index < extras; index++) {
    Element *element = &made->elements[kindFields[kind].count + index];
    element_open(element, session->scenario->extras[index].definition, NULL);
    made->fields[kindFields[kind].count + index] = FIELD_EXTRA;
    fill_extra(element, &session->scenario->extras[index]);
  }
  return made;
}

void instrument_templates_free(Instrument *instrument) {
  for (int kind = 0; kind < MESSAGE_KINDS; kind++) {
    if (instrument->templates[kind] == NULL) continue;
    free(instrument->templates[kind]->fields);
    free(instrument->templates[kind]);
    instrument->templates[kind] = NULL;
  }
}

static double average(const Instrument *instrument) {
  if (instrument->volume == 0) return price_of(instrument, instrument->last);
  return price_of(instrument, instrument->open) +
         price_of(instrument, instrument->turnover) / (double)instrument->volume;
}

static void fill(const Session *session, Element *element, FieldKind kind, const Instrument *instrument) {
  Value *value = &element->value;
  switch (kind) {
    case FIELD_LAST: value->real = price_of(instrument, instrument->last); break;
    case FIELD_BID: value->real = price_of(instrument, instrument->bid); break;
    case FIELD_ASK: value->real = price_of(instrument, instrument->ask); break;
    case FIELD_MID: value->real = price_of(instrument, instrument->bid + instrument->ask) / 2; break;
    case FIELD_BID_SIZE: value->integer = instrument->bidSize; break;
    case FIELD_ASK_SIZE: value->integer = instrument->askSize; break;
    case FIELD_LAST_SIZE: value->integer = instrument->lastSize; break;
    case FIELD_VOLUME: value->integer = instrument->volume; break;
    case FIELD_HIGH: value->real = price_of(instrument, instrument->high); break;
    case FIELD_LOW: value->real = price_of(instrument, instrument->low); break;
    case FIELD_CHANGE: value->real = price_of(instrument, instrument->last - instrument->close); break;
    case FIELD_TRADES: value->integer = instrument->trades; break;
    case FIELD_VWAP: value->real = average(instrument); break;
    case FIELD_TIME: value->time = session->wallTime; break;
    case FIELD_QUOTE_STAMP:
    case FIELD_TRADE_STAMP: value->time = session->wallDateTime; break;
    case FIELD_DATE: value->time = session->wallDate; break;
    case FIELD_DELAYED: value->integer = instrument->isDelayed; break;
    default: break; /* does not move */
  }
}

static const Template *prepared(Session *session, Instrument *instrument, int kind) {
  if (instrument->templates[kind] == NULL)
    instrument->templates[kind] = template_new(session, instrument, kind);
  return instrument->templates[kind];
}

static Event *open_batch(Session *session, size_t messageBytes) {
  if (session->batch != NULL) return session->batch;
  bool isFast = session->scenario->pace == PACE_FAST;
  size_t expected = isFast ? (size_t)session->scenario->batch : 1;
  session->batch = event_new(EVENT_SUBSCRIPTION_DATA, expected * messageBytes + 64);
  return session->batch;
}

/* Copies `count` elements of a prepared message from `first` on into the event being filled. */
static Message *copy(Session *session, const Template *from, const Instrument *instrument,
                     const Subscription *subscription, uint32_t first, uint32_t count) {
  size_t bytes = offsetof(Template, elements) + count * sizeof(Element);
  bytes = (bytes + 15) & ~(size_t)15;
  Event *event = open_batch(session, bytes);
  Template *made = arena_take(&event->arena, bytes);
  made->message = from->message;
  made->message.cids = &made->cid;
  made->cid = subscription->cid;
  made->message.service = subscription->service;
  made->message.root.arena = &event->arena;
  made->message.root.many.items = made->elements;
  made->message.root.many.count = made->message.root.many.capacity = count;
  memcpy(made->elements, from->elements + first, count * sizeof(Element));
  for (uint32_t index = 0; index < count; index++) {
    made->elements[index].arena = &event->arena;
    fill(session, &made->elements[index], (FieldKind)from->fields[first + index], instrument);
    if (subscription->isDelayed && from->fields[first + index] == FIELD_DELAYED)
      made->elements[index].value.integer = 1;
  }
  if (session->options.recordReceiveTimes) made->message.receivedNs = session->wallCacheFor - session->lateNs;
  event_append(event, &made->message);
  return &made->message;
}

static void close_full_batch(Session *session) {
  const Event *batch = session->batch;
  if (batch != NULL && batch->messageCount >= session->scenario->batch) batch_close(session);
}

/* After a loss nothing more comes until the loss has been told: ticks never hide a hole before them. */
static bool has_room(Session *session, Subscription *subscription) {
  if (!subscription->hasLost && queue_has_room(session)) return true;
  subscription->hasLost = session->hasLost = true;
  return false;
}

void message_for_tick(Session *session, Instrument *instrument, Subscription *subscription, int kind) {
  if (!has_room(session, subscription)) return;
  const Template *from = prepared(session, instrument, kind);
  Message *message = copy(session, from, instrument, subscription, 0, from->count);
  if (kind == MESSAGE_SUMMARY) children(&message->root)[1].value.name = name_of("INTERVAL");
  close_full_batch(session);
}

/* The whole image: after subscribing, and wherever the stream had a hole. It may come in fragments. */
void summary_send(Session *session, Subscription *subscription, const char *subtype) {
  wall_refresh(session);
  const Template *from = prepared(session, subscription->instrument, MESSAGE_SUMMARY);
  bool isImage = strcmp(subtype, "DATALOSS") != 0;
  uint32_t parts = isImage ? (uint32_t)session->scenario->fragments : 1;
  uint32_t length = isImage ? (from->count - 2 + parts - 1) / parts : 0;
  Name *name = name_of(subtype);
  for (uint32_t part = 0; part < parts; part++) {
    uint32_t first = part == 0 ? 0 : 2 + part * length;
    uint32_t until = 2 + (part + 1) * length;
    if (until > from->count) until = from->count;
    if (first >= until) break;
    Message *message = copy(session, from, subscription->instrument, subscription, first, until - first);
    if (part == 0) children(&message->root)[1].value.name = name;
    message->recap = strcmp(subtype, "INITPAINT") == 0 ? RECAP_SOLICITED : RECAP_UNSOLICITED;
    if (parts > 1)
      message->fragment = part == 0             ? FRAGMENT_START
                          : until < from->count ? FRAGMENT_INTERMEDIATE
                                                : FRAGMENT_END;
    close_full_batch(session);
  }
}

/* The image as the answer to a snapshot request. */
Event *snapshot_event(Session *session, Instrument *instrument, const CorrelationId *cid) {
  Subscription asker;
  memset(&asker, 0, sizeof asker);
  asker.cid = *cid;
  asker.service = service_of("//blp/mktdata");
  batch_close(session);
  wall_refresh(session);
  session->batch = event_new(EVENT_RESPONSE, 4096);
  const Template *from = prepared(session, instrument, MESSAGE_SUMMARY);
  copy(session, from, instrument, &asker, 0, from->count)->recap = RECAP_SOLICITED;
  Event *event = session->batch;
  session->batch = NULL;
  return event;
}

static void send_bar(Session *session, Subscription *subscription, const char *kind) {
  if (!has_room(session, subscription)) return;
  Event *event = open_batch(session, 1024);
  Message *message = message_add(event, message_definition(kind), &subscription->cid, 1);
  message->service = subscription->service;
  put_time(&message->root, "TIME", session->wallDateTime);
  put_real(&message->root, "OPEN", subscription->barOpen);
  put_real(&message->root, "HIGH", subscription->barHigh);
  put_real(&message->root, "LOW", subscription->barLow);
  put_real(&message->root, "CLOSE", subscription->barClose);
  put_integer(&message->root, "VOLUME", subscription->barVolume);
  put_integer(&message->root, "NUMBER_OF_TICKS", subscription->barTicks);
  close_full_batch(session);
}

/* //blp/mktbar: each tick is an update of the bar it falls into, or opens the next. */
void bar_for_tick(Session *session, Subscription *subscription) {
  double last = price_of(subscription->instrument, subscription->instrument->last);
  int64_t now = session_now(session);
  bool isFirst = subscription->barEnd == 0;
  if (!isFirst && now < subscription->barEnd) {
    subscription->barTicks++;
    subscription->barVolume += subscription->instrument->lastSize;
    if (last > subscription->barHigh) subscription->barHigh = last;
    if (last < subscription->barLow) subscription->barLow = last;
    subscription->barClose = last;
    send_bar(session, subscription, "MarketBarUpdate");
    return;
  }
  if (!isFirst) send_bar(session, subscription, "MarketBarEnd");
  subscription->barEnd = (now / subscription->barNs + 1) * subscription->barNs;
  subscription->barOpen = subscription->barHigh = subscription->barLow = subscription->barClose = last;
  subscription->barTicks = 1;
  subscription->barVolume = subscription->instrument->lastSize;
  send_bar(session, subscription, "MarketBarStart");
}
