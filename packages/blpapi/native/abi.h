/*
 * The part of Bloomberg's C interface that reading events needs, as it has been binary compatible since 3.8:
 * structs, constants, and the table of functions that `library.c` looks up in the operator's library.
 * Everything else of the interface (options, subscriptions, requests) is called from TypeScript
 * (`src/abi.ts`).
 */
#ifndef TIDEGATE_ABI_H
#define TIDEGATE_ABI_H

#include <stddef.h>
#include <stdint.h>

enum {
  EVENT_SUBSCRIPTION_DATA = 8,
  EVENT_TIMEOUT = 10,
};

enum {
  TYPE_BOOL = 1,
  TYPE_CHAR = 2,
  TYPE_BYTE = 3,
  TYPE_INT32 = 4,
  TYPE_INT64 = 5,
  TYPE_FLOAT32 = 6,
  TYPE_FLOAT64 = 7,
  TYPE_STRING = 8,
  TYPE_BYTEARRAY = 9,
  TYPE_DATE = 10,
  TYPE_TIME = 11,
  TYPE_DECIMAL = 12,
  TYPE_DATETIME = 13,
  TYPE_ENUMERATION = 14,
  TYPE_SEQUENCE = 15,
  TYPE_CHOICE = 16,
};

enum { CORRELATION_INT = 1 };

/* The header word is size:8, valueType:4, classId:16, reserved:4; the integer follows at offset 8. */
typedef struct {
  uint32_t header;
  uint32_t padding;
  uint64_t value;
  uint64_t rest[5];
} CorrelationId;

typedef struct {
  uint8_t parts, hours, minutes, seconds;
  uint16_t milliseconds;
  uint8_t month, day;
  uint16_t year;
  int16_t offset;
} Datetime;

typedef struct {
  Datetime datetime;
  uint32_t picoseconds;
} PreciseDatetime;

typedef int64_t TimePoint;

typedef void (*LoggingCallback)(uint64_t thread, int severity, Datetime at, const char *category,
                                const char *text);

_Static_assert(sizeof(CorrelationId) == 56, "layout of CorrelationId");
_Static_assert(sizeof(Datetime) == 12, "layout of Datetime");
_Static_assert(sizeof(PreciseDatetime) == 16, "layout of HighPrecisionDatetime");

/* X(result, name without blpapi_, parameters) */
#define REQUIRED_FUNCTIONS(X)                                                                      \
  X(const char *, getLastErrorDescription, (int code))                                             \
  X(int, Logging_registerCallback, (LoggingCallback callback, int severity))                       \
  X(int, Session_nextEvent, (void *session, void **event, unsigned timeoutMs))                     \
  X(int, Session_tryNextEvent, (void *session, void **event))                                      \
  X(int, Event_eventType, (const void *event))                                                     \
  X(int, Event_release, (const void *event))                                                       \
  X(void *, MessageIterator_create, (const void *event))                                           \
  X(int, MessageIterator_next, (void *iterator, void **message))                                   \
  X(void, MessageIterator_destroy, (void *iterator))                                               \
  X(void *, Message_messageType, (const void *message))                                            \
  X(void *, Message_service, (const void *message))                                                \
  X(int, Message_numCorrelationIds, (const void *message))                                         \
  X(CorrelationId, Message_correlationId, (const void *message, size_t index))                     \
  X(void *, Message_elements, (const void *message))                                               \
  X(int, Message_fragmentType, (const void *message))                                              \
  X(const char *, Service_name, (void *service))                                                   \
  X(const char *, Name_string, (const void *name))                                                 \
  X(size_t, Name_length, (const void *name))                                                       \
  X(void *, Element_name, (const void *element))                                                   \
  X(int, Element_datatype, (const void *element))                                                  \
  X(int, Element_isArray, (const void *element))                                                   \
  X(int, Element_isNull, (const void *element))                                                    \
  X(int, Element_isNullValue, (const void *element, size_t index))                                 \
  X(size_t, Element_numElements, (const void *element))                                            \
  X(size_t, Element_numValues, (const void *element))                                              \
  X(int, Element_getElementAt, (const void *element, void **result, size_t index))                 \
  X(int, Element_getChoice, (const void *element, void **result))                                  \
  X(int, Element_getValueAsBool, (const void *element, int *value, size_t index))                  \
  X(int, Element_getValueAsChar, (const void *element, char *value, size_t index))                 \
  X(int, Element_getValueAsInt32, (const void *element, int32_t *value, size_t index))             \
  X(int, Element_getValueAsInt64, (const void *element, int64_t *value, size_t index))             \
  X(int, Element_getValueAsFloat32, (const void *element, float *value, size_t index))             \
  X(int, Element_getValueAsFloat64, (const void *element, double *value, size_t index))            \
  X(int, Element_getValueAsString, (const void *element, const char **value, size_t index))        \
  X(int, Element_getValueAsHighPrecisionDatetime,                                                  \
    (const void *element, PreciseDatetime *value, size_t index))                                   \
  X(int, Element_getValueAsName, (const void *element, void **value, size_t index))                \
  X(int, Element_getValueAsElement, (const void *element, void **value, size_t index))

/* Not in every library: the pointer may be null. */
#define OPTIONAL_FUNCTIONS(X)                                                                      \
  X(int, Message_recapType, (const void *message))                                                 \
  X(int, Message_timeReceived, (const void *message, TimePoint *at))                               \
  X(int, HighResolutionClock_now, (TimePoint *at))                                                 \
  X(long long, TimePointUtil_nanosecondsBetween, (const TimePoint *start, const TimePoint *end))   \
  X(int, Element_getValueAsBytes,                                                                  \
    (const void *element, const char **value, size_t *length, size_t index))

#define DECLARE_FUNCTION(result, name, parameters) result(*name) parameters;
typedef struct {
  REQUIRED_FUNCTIONS(DECLARE_FUNCTION)
  OPTIONAL_FUNCTIONS(DECLARE_FUNCTION)
  void *handle;
} Library;
#undef DECLARE_FUNCTION

#endif
