/*
 * The fields that the emulator knows for reference and historical data.
 */
#include "reference_fields.h"

#include <string.h>
#include <strings.h>

const ReferenceField referenceFields[] = {
    {"PX_LAST", "PR005", IS_LAST, TYPE_FLOAT64, true, "Last Price", "Market Activity/Last"},
    {"LAST_PRICE", "RQ005", IS_LAST, TYPE_FLOAT64, true, "Last Trade/Last Price", "Market Activity/Last"},
    {"PX_BID", "PR004", IS_BID, TYPE_FLOAT64, true, "Bid Price", "Market Activity/Bid"},
    {"BID", "RQ003", IS_BID, TYPE_FLOAT64, true, "Bid Price", "Market Activity/Bid"},
    {"PX_ASK", "PR003", IS_ASK, TYPE_FLOAT64, true, "Ask Price", "Market Activity/Ask"},
    {"ASK", "RQ004", IS_ASK, TYPE_FLOAT64, true, "Ask Price", "Market Activity/Ask"},
    {"PX_MID", "PR376", IS_MID, TYPE_FLOAT64, true, "Mid Price", "Market Activity/Mid"},
    {"MID", "RQ007", IS_MID, TYPE_FLOAT64, true, "Mid Price", "Market Activity/Mid"},
    {"PX_OPEN", "PR006", IS_OPEN, TYPE_FLOAT64, true, "Open Price", "Market Activity/OHLC"},
    {"OPEN", "RQ010", IS_OPEN, TYPE_FLOAT64, true, "Open Price", "Market Activity/OHLC"},
    {"PX_HIGH", "PR007", IS_HIGH, TYPE_FLOAT64, true, "High Price", "Market Activity/OHLC"},
    {"HIGH", "RQ011", IS_HIGH, TYPE_FLOAT64, true, "High Price", "Market Activity/OHLC"},
    {"PX_LOW", "PR008", IS_LOW, TYPE_FLOAT64, true, "Low Price", "Market Activity/OHLC"},
    {"LOW", "RQ012", IS_LOW, TYPE_FLOAT64, true, "Low Price", "Market Activity/OHLC"},
    {"PX_VOLUME", "PR013", IS_VOLUME, TYPE_INT64, true, "Volume", "Market Activity/Volume"},
    {"VOLUME", "RQ013", IS_VOLUME, TYPE_INT64, true, "Volume", "Market Activity/Volume"},
    {"NAME", "DS002", IS_NAME, TYPE_STRING, false, "Name", "Descriptive"},
    {"SECURITY_NAME", "DS003", IS_NAME, TYPE_STRING, false, "Security Name", "Descriptive"},
    {"TICKER", "DS004", IS_TICKER, TYPE_STRING, false, "Ticker", "Descriptive"},
    {"CRNCY", "DS005", IS_CURRENCY, TYPE_STRING, false, "Currency", "Descriptive"},
    {"EXCH_CODE", "DS006", IS_EXCHANGE, TYPE_STRING, false, "Exchange Code", "Descriptive"},
    {"MARKET_SECTOR_DES", "DS007", IS_SECTOR, TYPE_STRING, false, "Market Sector", "Descriptive"},
    {"ID_BB_GLOBAL", "ID135", IS_GLOBAL_ID, TYPE_STRING, false, "Global Identifier", "Identifiers"},
    {"PX_ROUND_LOT_SIZE", "DS008", IS_SIZE, TYPE_INT32, false, "Round Lot Size", "Descriptive"},
    {"LAST_UPDATE_DT", "RQ020", IS_DATE, TYPE_DATE, false, "Date of Last Update", "Market Activity/Last"},
    {"TRADING_DT_REALTIME", "RQ021", IS_DATE, TYPE_DATE, false, "Trading Date", "Market Activity/Last"},
    {"LAST_UPDATE", "RQ022", IS_STAMP, TYPE_DATETIME, false, "Time of Last Update", "Market Activity/Last"},
    {"IS_DELAYED_STREAM", "RQ023", IS_DELAYED, TYPE_BOOL, false, "Delayed Stream", "Market Activity/Last"},
    {"DVD_HIST", "DV001", IS_DIVIDENDS, TYPE_SEQUENCE, false, "Dividend History", "Corporate Actions"},
};
const size_t referenceFieldCount = sizeof referenceFields / sizeof *referenceFields;

const ReferenceField *reference_field(const char *mnemonic) {
  for (size_t index = 0; index < referenceFieldCount; index++)
    if (strcasecmp(referenceFields[index].mnemonic, mnemonic) == 0 ||
        strcasecmp(referenceFields[index].id, mnemonic) == 0)
      return &referenceFields[index];
  return NULL;
}
