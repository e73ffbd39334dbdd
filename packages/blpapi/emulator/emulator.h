/*
 * What the emulator's own files know of each other: memory, names, schema, elements, messages, events.
 * session.h has sessions, scenarios and the market; abi.h has what the outside sees.
 */
#ifndef TIDEGATE_EMULATOR_H
#define TIDEGATE_EMULATOR_H

#include "abi_newer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef blpapi_Name_t Name;
typedef blpapi_Element_t Element;
typedef blpapi_SchemaElementDefinition_t Definition;
typedef blpapi_SchemaTypeDefinition_t Type;
typedef blpapi_Service_t Service;
typedef blpapi_Operation_t Operation;
typedef blpapi_Request_t Request;
typedef blpapi_Message_t Message;
typedef blpapi_Event_t Event;
typedef blpapi_EventQueue_t EventQueue;
typedef blpapi_Session_t Session;
typedef blpapi_SessionOptions_t SessionOptions;
typedef blpapi_Identity_t Identity;
typedef blpapi_SubscriptionList_t SubscriptionList;
typedef blpapi_CorrelationId_t CorrelationId;
typedef blpapi_HighPrecisionDatetime_t Instant;

/* Memory that is given back all at once: everything of one event, one request. */
typedef struct Chunk {
  struct Chunk *next;
  size_t size;
  size_t used;
} Chunk;
typedef struct {
  Chunk *first;
} Arena;
void *arena_take(Arena *arena, size_t size);
char *arena_text(Arena *arena, const char *text, size_t length);
void arena_free(Arena *arena);
void *zeroed(size_t size);
char *text_copy(const char *text);

/* Names are interned for the life of the process: one pointer per text. */
struct blpapi_Name {
  Name *next;
  Definition *field;   /* the market or reference field of this name */
  Definition *message; /* the message of this name */
  uint32_t hash;
  uint32_t length;
  char text[];
};
Name *name_of(const char *text);
Name *name_of_length(const char *text, size_t length);
Name *name_known(const char *text, size_t length);

/* Failures: the text belongs to the thread and to the code that was returned last. */
int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

void log_line(int severity, const char *place, const char *category, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Schema */
struct blpapi_Constant {
  Name *name;
};
struct blpapi_ConstantList {
  Name *name;
  size_t count;
  blpapi_Constant_t *constants;
};
struct blpapi_SchemaTypeDefinition {
  Name *name;
  int datatype;
  size_t count;
  Definition *elements;
  blpapi_ConstantList_t *constants;
};
struct blpapi_SchemaElementDefinition {
  Name *name;
  Type *type;
  size_t min;
  size_t max; /* 1, or SIZE_MAX for an array */
};
struct blpapi_Operation {
  Name *name;
  Definition *request;
  Definition *response;
};
struct blpapi_Service {
  const char *uri;
  const char *description;
  size_t operationCount;
  Operation operations[8];
  size_t eventCount;
  Definition *events[8];
};
Service *service_of(const char *uri);
Definition *message_definition(const char *name);
Definition *field_definition(const char *name, int datatype);
Type *simple_type(int datatype);
Definition *field_known(const Name *name);
Definition *definition_in(const Type *type, const Name *name);
int datatype_named(const char *text);
const char *datatype_text(int datatype);
void schema_ready(void);

/* Elements: a scalar has `value`, everything else `many`. */
typedef union {
  int64_t integer;
  double real;
  const char *text;
  Name *name;
  Instant time;
  struct {
    const char *data;
    uint32_t length;
  } bytes;
} Value;
struct blpapi_Element {
  Definition *definition;
  Arena *arena;
  union {
    Value value;
    struct {
      void *items; /* sequence: Element[]; array of simple: Value[]; array of complex: Element*[] */
      uint32_t count;
      uint32_t capacity;
    } many;
  };
  uint8_t datatype;
  bool isArray;
  bool isNull;
  bool isWritable;
};
static inline bool is_complex(const Element *element) { return element->datatype >= TYPE_SEQUENCE; }
static inline Element *children(const Element *element) { return element->many.items; }
static inline Element **complex_items(const Element *element) { return element->many.items; }
static inline Value *simple_items(const Element *element) { return element->many.items; }
const char *element_name(const Element *element);
void element_open(Element *element, Definition *definition, Arena *arena);
void element_reserve(Element *sequence, uint32_t count);
Element *element_add(Element *sequence, Definition *definition);
Element *element_add_field(Element *sequence, const char *name, int datatype);
Element *element_item(Element *array);
Element *element_child(const Element *sequence, const Name *name);
Element *put(Element *sequence, const char *name);
void put_text(Element *sequence, const char *name, const char *text);
void put_integer(Element *sequence, const char *name, int64_t value);
void put_real(Element *sequence, const char *name, double value);
void put_time(Element *sequence, const char *name, Instant value);
void append_text(Element *array, const char *text);
void append_integer(Element *array, int64_t value);
const char *child_text(const Element *sequence, const char *name);
int64_t child_integer(const Element *sequence, const char *name, int64_t otherwise);
int element_print(const Element *element, blpapi_StreamWriter_t write, void *stream, int level, int spaces);

/* Date-times */
Instant instant_of(int64_t unixNs, uint8_t parts);
int64_t instant_ns(const blpapi_Datetime_t *time);
int datetime_text(char *buffer, size_t size, const Instant *time);
int64_t monotonic_ns(void);
int64_t wall_ns(void);

/* Events and messages */
struct blpapi_Message {
  Event *event;
  Message *next;
  Service *service;
  const CorrelationId *cids;
  const char *requestId;
  int64_t receivedNs; /* 0: not recorded */
  uint32_t cidCount;
  uint8_t fragment;
  uint8_t recap;
  Element root;
};
struct blpapi_Event {
  Arena arena;
  Message *first;
  Message *last;
  Event *next;
  int type;
  int messageCount;
  atomic_int references;
};
Event *event_new(int type, size_t bytes);
Message *message_add(Event *event, Definition *definition, const CorrelationId *cids, uint32_t cidCount);
void event_append(Event *event, Message *message);

typedef struct {
  Event *first;
  Event *last;
  size_t count;
} EventList;
void list_append(EventList *list, Event *event);
void list_prepend(EventList *list, Event *event);
Event *list_take(EventList *list);
void list_clear(EventList *list);

struct blpapi_EventQueue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  EventList events;
  Session *session; /* whose time passes while this queue is waited on */
};
void condition_open(pthread_cond_t *condition);

/* Requests */
struct blpapi_Request {
  Arena arena;
  Service *service;
  Operation *operation;
  Element root;
  char id[40];
};

/* Correlation ids */
bool cid_equal(const CorrelationId *left, const CorrelationId *right);
void cid_settle(CorrelationId *cid); /* an unset one is given a number of its own */

/* Counts of what is alive, for leak checks. */
enum { ALIVE_SESSIONS, ALIVE_EVENTS, ALIVE_REQUESTS, ALIVE_IDENTITIES, ALIVE_KINDS };
void alive(int kind, long change);

#endif
