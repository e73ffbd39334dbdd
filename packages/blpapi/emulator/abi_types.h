/*
 * The binary interface of Bloomberg's C library as data: struct layouts, numbers and callbacks (x86-64).
 * Own declarations, written from the facts of the interface; abi.h has the functions.
 */
#ifndef TIDEGATE_ABI_TYPES_H
#define TIDEGATE_ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef struct blpapi_Name blpapi_Name_t;
typedef struct blpapi_Element blpapi_Element_t;
typedef struct blpapi_SchemaElementDefinition blpapi_SchemaElementDefinition_t;
typedef struct blpapi_SchemaTypeDefinition blpapi_SchemaTypeDefinition_t;
typedef struct blpapi_ConstantList blpapi_ConstantList_t;
typedef struct blpapi_Constant blpapi_Constant_t;
typedef struct blpapi_Service blpapi_Service_t;
typedef struct blpapi_Operation blpapi_Operation_t;
typedef struct blpapi_Request blpapi_Request_t;
typedef struct blpapi_RequestTemplate blpapi_RequestTemplate_t;
typedef struct blpapi_Message blpapi_Message_t;
typedef struct blpapi_MessageIterator blpapi_MessageIterator_t;
typedef struct blpapi_Event blpapi_Event_t;
typedef struct blpapi_EventQueue blpapi_EventQueue_t;
typedef struct blpapi_EventDispatcher blpapi_EventDispatcher_t;
typedef struct blpapi_Session blpapi_Session_t;
typedef struct blpapi_Session blpapi_AbstractSession_t;
typedef struct blpapi_SessionOptions blpapi_SessionOptions_t;
typedef struct blpapi_Socks5Config blpapi_Socks5Config_t;
typedef struct blpapi_TlsOptions blpapi_TlsOptions_t;
typedef struct blpapi_AuthUser blpapi_AuthUser_t;
typedef struct blpapi_AuthApplication blpapi_AuthApplication_t;
typedef struct blpapi_AuthToken blpapi_AuthToken_t;
typedef struct blpapi_AuthOptions blpapi_AuthOptions_t;
typedef struct blpapi_Identity blpapi_Identity_t;
typedef struct blpapi_SubscriptionList blpapi_SubscriptionList_t;

typedef int blpapi_Bool_t;
typedef char blpapi_Char_t;
typedef int32_t blpapi_Int32_t;
typedef int64_t blpapi_Int64_t;
typedef float blpapi_Float32_t;
typedef double blpapi_Float64_t;

typedef struct {
  int64_t d_value;
} blpapi_TimePoint_t;

/* 12 bytes; `parts` says which of the others are set. */
typedef struct {
  uint8_t parts;
  uint8_t hours;
  uint8_t minutes;
  uint8_t seconds;
  uint16_t milliSeconds;
  uint8_t month;
  uint8_t day;
  uint16_t year;
  int16_t offset; /* minutes ahead of UTC */
} blpapi_Datetime_t;

typedef struct {
  blpapi_Datetime_t datetime;
  uint32_t picoseconds; /* within the current millisecond */
} blpapi_HighPrecisionDatetime_t;

typedef struct blpapi_ManagedPtr blpapi_ManagedPtr_t;
struct blpapi_ManagedPtr {
  void *pointer;
  union {
    int number;
    void *address;
  } userData[4];
  int (*manager)(blpapi_ManagedPtr_t *, const blpapi_ManagedPtr_t *, int operation);
};

typedef struct {
  unsigned int size : 8;
  unsigned int valueType : 4;
  unsigned int classId : 16;
  unsigned int reserved : 4;
  union {
    uint64_t intValue;
    blpapi_ManagedPtr_t ptrValue;
  } value;
} blpapi_CorrelationId_t;

typedef struct {
  int exceptionClass;
  char description[256];
} blpapi_ErrorInfo_t;

_Static_assert(sizeof(blpapi_CorrelationId_t) == 56, "correlation id");
_Static_assert(sizeof(blpapi_Datetime_t) == 12, "date-time");
_Static_assert(sizeof(blpapi_HighPrecisionDatetime_t) == 16, "date-time of high precision");
_Static_assert(sizeof(blpapi_ErrorInfo_t) == 260, "error information");

typedef void (*blpapi_EventHandler_t)(blpapi_Event_t *, blpapi_Session_t *, void *userData);
typedef int (*blpapi_StreamWriter_t)(const char *data, int length, void *stream);
typedef void (*blpapi_Logging_Func_t)(uint64_t threadId, int severity, blpapi_Datetime_t timestamp,
                                      const char *category, const char *message);
typedef void (*blpapi_SubscriptionPreprocessErrorHandler_t)(const blpapi_CorrelationId_t *,
                                                            const char *subscriptionString, int errorCode,
                                                            const char *description, void *userData);

enum {
  ERROR_UNKNOWN = 1,
  ERROR_ILLEGAL_ARG = 0x20002,
  ERROR_ILLEGAL_ACCESS = 3,
  ERROR_INVALID_SESSION = 0x20004,
  ERROR_DUPLICATE_CORRELATIONID = 0x20005,
  ERROR_INTERNAL = 6,
  ERROR_RESOLVE_FAILED = 0x30007,
  ERROR_CONNECT_FAILED = 0x30008,
  ERROR_ILLEGAL_STATE = 0x10009,
  ERROR_CODEC_FAILURE = 10,
  ERROR_INDEX_OUT_OF_RANGE = 0x5000b,
  ERROR_INVALID_CONVERSION = 0x4000c,
  ERROR_ITEM_NOT_FOUND = 0x6000d,
  ERROR_IO = 0x3000e,
  ERROR_CORRELATION_NOT_FOUND = 0x6000f,
  ERROR_SERVICE_NOT_FOUND = 0x60010,
  ERROR_LOGON_LOOKUP_FAILED = 17,
  ERROR_DS_LOOKUP_FAILED = 18,
  ERROR_UNSUPPORTED_OPERATION = 0x80013,
  ERROR_DS_PROPERTY_NOT_FOUND = 0x60014
};

enum {
  EVENT_ADMIN = 1,
  EVENT_SESSION_STATUS = 2,
  EVENT_SUBSCRIPTION_STATUS = 3,
  EVENT_REQUEST_STATUS = 4,
  EVENT_RESPONSE = 5,
  EVENT_PARTIAL_RESPONSE = 6,
  EVENT_SUBSCRIPTION_DATA = 8,
  EVENT_SERVICE_STATUS = 9,
  EVENT_TIMEOUT = 10,
  EVENT_AUTHORIZATION_STATUS = 11,
  EVENT_TOKEN_STATUS = 14
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
  TYPE_CORRELATION_ID = 17
};

enum {
  PART_YEAR = 1,
  PART_MONTH = 2,
  PART_DAY = 4,
  PART_OFFSET = 8,
  PART_HOURS = 0x10,
  PART_MINUTES = 0x20,
  PART_SECONDS = 0x40,
  PART_FRACSECONDS = 0x80,
  PARTS_DATE = 7,
  PARTS_TIME = 0x70
};

enum { CORRELATION_UNSET = 0, CORRELATION_INT = 1, CORRELATION_POINTER = 2, CORRELATION_AUTOGEN = 3 };
enum { FRAGMENT_NONE = 0, FRAGMENT_START = 1, FRAGMENT_INTERMEDIATE = 2, FRAGMENT_END = 3 };
enum { RECAP_NONE = 0, RECAP_SOLICITED = 1, RECAP_UNSOLICITED = 2 };
enum { SEVERITY_OFF = 0, SEVERITY_FATAL, SEVERITY_ERROR, SEVERITY_WARN, SEVERITY_INFO, SEVERITY_DEBUG };
enum { PREPROCESS_INVALID_STRING = 1, PREPROCESS_CORRELATIONID = 2 };

#define ELEMENT_INDEX_END ((size_t)0xffffffffu)

#endif
