/* The fields that the emulator knows for reference and historical data; reference_fields.c has the table. */
#ifndef TIDEGATE_REFERENCE_FIELDS_H
#define TIDEGATE_REFERENCE_FIELDS_H

#include "session.h"

typedef enum {
  IS_LAST,
  IS_BID,
  IS_ASK,
  IS_MID,
  IS_OPEN,
  IS_HIGH,
  IS_LOW,
  IS_VOLUME,
  IS_NAME,
  IS_TICKER,
  IS_CURRENCY,
  IS_EXCHANGE,
  IS_SECTOR,
  IS_GLOBAL_ID,
  IS_SIZE,
  IS_DATE,
  IS_STAMP,
  IS_DELAYED,
  IS_DIVIDENDS
} FieldMeaning;

typedef struct {
  const char *mnemonic;
  const char *id;
  FieldMeaning meaning;
  int datatype;
  bool isHistorical;
  const char *description;
  const char *category;
} ReferenceField;

extern const ReferenceField referenceFields[];
extern const size_t referenceFieldCount;
const ReferenceField *reference_field(const char *mnemonic);

#endif
