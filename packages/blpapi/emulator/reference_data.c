/*
 * ReferenceDataRequest and HistoricalDataRequest.
 */
#include "reference_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_at(const Element *array, uint32_t index) { return simple_items(array)[index].text; }

static double number_of(const Instrument *instrument, FieldMeaning meaning) {
  switch (meaning) {
    case IS_BID: return price_of(instrument, instrument->bid);
    case IS_ASK: return price_of(instrument, instrument->ask);
    case IS_MID: return price_of(instrument, instrument->bid + instrument->ask) / 2;
    case IS_OPEN: return price_of(instrument, instrument->open);
    case IS_HIGH: return price_of(instrument, instrument->high);
    case IS_LOW: return price_of(instrument, instrument->low);
    default: return price_of(instrument, instrument->last);
  }
}

static void text_of(const Instrument *instrument, FieldMeaning meaning, char *out, size_t size) {
  const Security *security = instrument->security;
  const char *sector = strrchr(security->name, ' ');
  int length = sector == NULL ? (int)strlen(security->name) : (int)(sector - security->name);
  if (meaning == IS_NAME) snprintf(out, size, "%s (emulated)", security->name);
  else if (meaning == IS_TICKER) snprintf(out, size, "%.*s", length, security->name);
  else if (meaning == IS_CURRENCY) snprintf(out, size, "%s", security->currency);
  else if (meaning == IS_EXCHANGE) snprintf(out, size, "%s", security->source);
  else if (meaning == IS_SECTOR) snprintf(out, size, "%s", sector == NULL ? "" : sector + 1);
  else
    snprintf(out, size, "BBG%09llX",
             (unsigned long long)(random_seed(7, security->name) & UINT64_C(0xfffffffff)));
}

/* A sequence of rows: the shape of all bulk fields. */
static void put_dividends(Element *fieldData, Session *session) {
  static Definition bulk;
  static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&once);
  if (bulk.name == NULL) {
    bulk.name = name_of("DVD_HIST");
    bulk.type = message_definition("ReferenceDataResponse")->type->elements[1].type;
    bulk.type = definition_in(bulk.type, name_of("fieldData"))->type;
    bulk.max = SIZE_MAX;
  }
  pthread_mutex_unlock(&once);
  Element *rows = element_add(fieldData, &bulk);
  for (int quarter = 1; quarter <= 4; quarter++) {
    Element *row = element_item(rows);
    element_reserve(row, 3);
    int64_t day = session_wall(session) - (int64_t)quarter * 91 * 86400 * 1000000000;
    element_add_field(row, "Declared Date", TYPE_DATE)->value.time = instant_of(day, PARTS_DATE);
    element_add_field(row, "Dividend Amount", TYPE_FLOAT64)->value.real = 0.25 * quarter;
    element_add_field(row, "Dividend Frequency", TYPE_STRING)->value.text = "Quarter";
  }
}

static Value value_of(Session *session, Element *fieldData, const Instrument *instrument,
                      const ReferenceField *field) {
  char text[192];
  Value value;
  memset(&value, 0, sizeof value);
  switch (field->datatype) {
    case TYPE_FLOAT64: value.real = number_of(instrument, field->meaning); break;
    case TYPE_INT64: value.integer = instrument->volume; break;
    case TYPE_INT32: value.integer = instrument->security->size; break;
    case TYPE_BOOL: value.integer = instrument->isDelayed; break;
    case TYPE_DATE: value.time = instant_of(session_wall(session), PARTS_DATE); break;
    case TYPE_DATETIME: value.time = instant_of(session_wall(session), PARTS_DATE | PARTS_TIME); break;
    default:
      text_of(instrument, field->meaning, text, sizeof text);
      value.text = arena_text(fieldData->arena, text, strlen(text));
  }
  return value;
}

/* With returnFormattedValue every value is the text of itself. */
static void put_value(Session *session, Element *fieldData, const Instrument *instrument,
                      const ReferenceField *field, const char *name, bool isFormatted) {
  if (field->meaning == IS_DIVIDENDS) {
    put_dividends(fieldData, session);
    return;
  }
  Element *element = element_add_field(fieldData, name, field->datatype);
  element->value = value_of(session, fieldData, instrument, field);
  if (!isFormatted || field->datatype == TYPE_STRING) return;
  const char *text = "";
  blpapi_Element_getValueAsString(element, &text, 0);
  fieldData->many.count--;
  element_add_field(fieldData, name, TYPE_STRING)->value.text = text;
}

static void put_exception(Element *securityData, const char *field) {
  Element *item = element_item(put(securityData, "fieldExceptions"));
  put_text(item, "fieldId", field);
  put_error(item, "errorInfo", "BAD_FLD", 9, "Field not valid", "INVALID_FIELD");
}

/* The instrument, or NULL after a securityError. */
static Instrument *find(Session *session, Element *securityData, const char *name) {
  Instrument *instrument = instrument_for(session, name);
  if (instrument == NULL || instrument->security->isBad) {
    put_error(securityData, "securityError", "BAD_SEC", 15, "Unknown/Invalid security", "INVALID_SECURITY");
    return NULL;
  }
  if (!scenario_entitles(session->scenario, instrument->security->eid)) {
    put_error(securityData, "securityError", "NO_AUTH", 17, "Not entitled to this security",
              "NO_ENTITLEMENT");
    return NULL;
  }
  return instrument;
}

static bool is_set(const Reply *reply, const char *name) {
  return child_integer(&reply->request->root, name, 0) != 0;
}

static void put_security(Reply *reply, Element *securityData, const char *name, uint32_t number) {
  const Element *fields = element_child(&reply->request->root, name_of("fields"));
  put_text(securityData, "security", name);
  put(securityData, "eidData");
  Instrument *instrument = find(reply->session, securityData, name);
  put(securityData, "fieldExceptions");
  put_integer(securityData, "sequenceNumber", number);
  Element *fieldData = put(securityData, "fieldData");
  if (instrument == NULL) return;
  if (is_set(reply, "returnEids"))
    append_integer(put(securityData, "eidData"), instrument->security->eid);
  bool isFormatted = is_set(reply, "returnFormattedValue");
  element_reserve(fieldData, fields->many.count);
  for (uint32_t index = 0; index < fields->many.count; index++) {
    const char *mnemonic = text_at(fields, index);
    const ReferenceField *field = reference_field(mnemonic);
    if (field == NULL)
      put_exception(securityData, mnemonic);
    else if (element_child(fieldData, name_of(mnemonic)) == NULL)
      put_value(reply->session, fieldData, instrument, field, mnemonic, isFormatted);
  }
}

enum { securitiesInPart = 10 };

/* Ten securities in each part, as large requests are answered. */
void answer_reference(Reply *reply) {
  const Element *securities = element_child(&reply->request->root, name_of("securities"));
  uint32_t count = securities->many.count;
  for (uint32_t from = 0; from < count; from += securitiesInPart) {
    uint32_t until = from + securitiesInPart < count ? from + securitiesInPart : count;
    Message *message = reply_part(reply, until == count, 0);
    Element *list = put(&message->root, "securityData");
    for (uint32_t index = from; index < until; index++)
      put_security(reply, element_item(list), text_at(securities, index), index);
  }
}

/* YYYYMMDD as midnight UTC. */
bool reads_date(const char *text, int64_t *unixNs) {
  if (text == NULL || strlen(text) != 8) return false;
  for (int index = 0; index < 8; index++)
    if (!isdigit((unsigned char)text[index])) return false;
  int number = atoi(text);
  blpapi_Datetime_t date = {.parts = PARTS_DATE,
                            .year = (uint16_t)(number / 10000),
                            .month = (uint8_t)(number / 100 % 100),
                            .day = (uint8_t)(number % 100)};
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return false;
  *unixNs = instant_ns(&date);
  return true;
}

static const int64_t dayNs = INT64_C(86400) * 1000000000;

/* Whether a day ends a period: every weekday, Fridays, or the last weekday of a month. */
static bool ends_period(int64_t day, const char *periodicity) {
  int64_t number = day / dayNs;
  int weekday = (int)((number + 4) % 7); /* 0 is Sunday */
  if (weekday == 0 || weekday == 6) return false;
  if (strcmp(periodicity, "DAILY") == 0) return true;
  if (strcmp(periodicity, "WEEKLY") == 0) return weekday == 5;
  int64_t next = day + (weekday == 5 ? 3 : 1) * dayNs;
  int month = instant_of(day, PARTS_DATE).datetime.month;
  if (month == instant_of(next, PARTS_DATE).datetime.month) return false;
  if (strcmp(periodicity, "QUARTERLY") == 0) return month % 3 == 0;
  if (strcmp(periodicity, "SEMI_ANNUALLY") == 0) return month % 6 == 0;
  return strcmp(periodicity, "YEARLY") != 0 || month == 12;
}

/* The value of a past day: from the seed, the security and the day alone. */
static double past_value(const Session *session, const Instrument *instrument, FieldMeaning meaning,
                         int64_t day) {
  uint64_t state = random_seed(session->scenario->seed + (uint64_t)(day / dayNs), instrument->security->name);
  int64_t step = instrument->security->step * 40;
  int64_t move = (int64_t)(random_next(&state) % (uint64_t)(2 * step + 1)) - step;
  int64_t last = instrument->security->price + move;
  int64_t range = (int64_t)(random_next(&state) % (uint64_t)(step + 1));
  if (last <= range) last = range + 1;
  switch (meaning) {
    case IS_HIGH:
    case IS_ASK: return price_of(instrument, last + range);
    case IS_LOW:
    case IS_BID: return price_of(instrument, last - range);
    case IS_OPEN: return price_of(instrument, last - range / 2);
    default: return price_of(instrument, last);
  }
}

static void put_row(const Reply *reply, Element *row, const Instrument *instrument, int64_t day) {
  const Element *fields = element_child(&reply->request->root, name_of("fields"));
  element_reserve(row, fields->many.count + 1);
  element_add_field(row, "date", TYPE_DATE)->value.time = instant_of(day, PARTS_DATE);
  for (uint32_t index = 0; index < fields->many.count; index++) {
    const ReferenceField *field = reference_field(text_at(fields, index));
    if (field == NULL || !field->isHistorical) continue;
    Element *element = element_add_field(row, text_at(fields, index), field->datatype);
    if (field->datatype == TYPE_FLOAT64)
      element->value.real = past_value(reply->session, instrument, field->meaning, day);
    else
      element->value.integer = (int64_t)(random_seed((uint64_t)day, instrument->security->name) % 10000000);
  }
}

static void put_history(Reply *reply, Element *securityData, const Instrument *instrument, int64_t from,
                        int64_t until) {
  const Element *fields = element_child(&reply->request->root, name_of("fields"));
  const char *periodicity = child_text(&reply->request->root, "periodicitySelection");
  int64_t most = child_integer(&reply->request->root, "maxDataPoints", 20000);
  for (uint32_t index = 0; index < fields->many.count; index++) {
    const ReferenceField *field = reference_field(text_at(fields, index));
    if (field == NULL || !field->isHistorical) put_exception(securityData, text_at(fields, index));
  }
  Element *rows = put(securityData, "fieldData");
  for (int64_t day = from; day <= until && rows->many.count < most; day += dayNs)
    if (ends_period(day, periodicity == NULL ? "DAILY" : periodicity))
      put_row(reply, element_item(rows), instrument, day);
}

/* One part for each security, as the genuine answers. */
void answer_history(Reply *reply) {
  const Element *securities = element_child(&reply->request->root, name_of("securities"));
  const char *end = child_text(&reply->request->root, "endDate");
  int64_t from;
  int64_t until = session_wall(reply->session) / dayNs * dayNs;
  if (!reads_date(child_text(&reply->request->root, "startDate"), &from) ||
      (end != NULL && !reads_date(end, &until)) || from > until) {
    reply_error(reply, "BAD_ARGS", "Invalid start or end date");
    return;
  }
  for (uint32_t index = 0; index < securities->many.count; index++) {
    Message *message = reply_part(reply, index + 1 == securities->many.count, 0);
    Element *securityData = put(&message->root, "securityData");
    put_text(securityData, "security", text_at(securities, index));
    put(securityData, "eidData");
    Instrument *instrument = find(reply->session, securityData, text_at(securities, index));
    put(securityData, "fieldExceptions");
    put_integer(securityData, "sequenceNumber", index);
    put(securityData, "fieldData");
    if (instrument != NULL) put_history(reply, securityData, instrument, from, until);
  }
}
