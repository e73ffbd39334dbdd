/*
 * Writes a message into the buffer. Market data is nearly always flat, with the same fields again and again:
 * its names and types are sent once as a shape and then only the values. Everything else is written as a tree
 * of tagged values. `src/ffi.ts` is the slow twin of this file.
 */
#include "encode.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

typedef struct {
  const Library *library;
  Dictionary *dictionary;
  Buffer *buffer;
} Encoder;

static void put_unreadable(Encoder *encoder, int code) {
  encoder->buffer->unreadable++;
  buffer_u8(encoder->buffer, VALUE_UNREADABLE);
  buffer_u32(encoder->buffer, (uint32_t)code);
}

static void put_text(Encoder *encoder, const char *text) {
  uint32_t length = text == NULL ? 0 : (uint32_t)strlen(text);
  uint32_t index = dictionary_text(encoder->dictionary, encoder->buffer, text == NULL ? "" : text, length);
  if (index != INDEX_NONE) {
    buffer_u8(encoder->buffer, VALUE_TEXT);
    buffer_u32(encoder->buffer, index);
    return;
  }
  buffer_u8(encoder->buffer, TYPE_STRING);
  buffer_bytes(encoder->buffer, text, length);
}

static void put_string(Encoder *encoder, const void *element, size_t index) {
  const char *text = NULL;
  int code = encoder->library->Element_getValueAsString(element, &text, index);
  if (code != 0) {
    put_unreadable(encoder, code);
    return;
  }
  put_text(encoder, text);
}

static void put_bytes(Encoder *encoder, const void *element, size_t index) {
  const Library *library = encoder->library;
  const char *bytes = NULL;
  size_t length = 0;
  int code;
  if (library->Element_getValueAsBytes != NULL) {
    code = library->Element_getValueAsBytes(element, &bytes, &length, index);
  } else {
    code = library->Element_getValueAsString(element, &bytes, index);
    length = code == 0 && bytes != NULL ? strlen(bytes) : 0;
  }
  if (code != 0) {
    put_unreadable(encoder, code);
    return;
  }
  buffer_u8(encoder->buffer, TYPE_BYTEARRAY);
  buffer_bytes(encoder->buffer, bytes, (uint32_t)length);
}

static void put_enumeration(Encoder *encoder, const void *element, size_t index) {
  void *name = NULL;
  if (encoder->library->Element_getValueAsName(element, &name, index) != 0 || name == NULL) {
    put_string(encoder, element, index);
    return;
  }
  uint32_t known = dictionary_name(encoder->dictionary, encoder->buffer, name);
  buffer_u8(encoder->buffer, TYPE_ENUMERATION);
  buffer_u32(encoder->buffer, known);
}

/* Reads a value of fixed size; its length, or 0 with `code` set. */
static uint32_t read_fixed(const Library *library, const void *element, size_t index, int type,
                           uint8_t *into, int *code) {
  int32_t integer;
  int boolean;
  double number;
  switch (type) {
    case TYPE_BOOL:
      *code = library->Element_getValueAsBool(element, &boolean, index);
      into[0] = *code == 0 && boolean != 0;
      return 1;
    case TYPE_CHAR:
      *code = library->Element_getValueAsChar(element, (char *)into, index);
      return 1;
    case TYPE_BYTE:
      *code = library->Element_getValueAsInt32(element, &integer, index);
      into[0] = *code == 0 ? (uint8_t)integer : 0;
      return 1;
    case TYPE_INT32:
      *code = library->Element_getValueAsInt32(element, &integer, index);
      memcpy(into, &integer, 4);
      return 4;
    case TYPE_INT64:
      *code = library->Element_getValueAsInt64(element, (int64_t *)(void *)into, index);
      return 8;
    case TYPE_FLOAT32:
      *code = library->Element_getValueAsFloat32(element, (float *)(void *)into, index);
      return 4;
    case TYPE_FLOAT64:
    case TYPE_DECIMAL:
      *code = library->Element_getValueAsFloat64(element, &number, index);
      memcpy(into, &number, 8);
      return 8;
    default:
      *code = library->Element_getValueAsHighPrecisionDatetime(element, (PreciseDatetime *)(void *)into,
                                                               index);
      return sizeof(PreciseDatetime);
  }
}

static int is_fixed(int type) {
  return (type >= TYPE_BOOL && type <= TYPE_FLOAT64) ||
         (type >= TYPE_DATE && type <= TYPE_DATETIME);
}

static void put_scalar(Encoder *encoder, const void *element, size_t index, int type) {
  _Alignas(8) uint8_t value[16] = {0};
  int code = 0;
  if (is_fixed(type)) {
    uint32_t length = read_fixed(encoder->library, element, index, type, value, &code);
    if (code != 0) {
      put_unreadable(encoder, code);
      return;
    }
    buffer_u8(encoder->buffer, (uint8_t)type);
    buffer_copy(encoder->buffer, value, length);
  } else if (type == TYPE_ENUMERATION) {
    put_enumeration(encoder, element, index);
  } else if (type == TYPE_BYTEARRAY) {
    put_bytes(encoder, element, index);
  } else {
    put_string(encoder, element, index);
  }
}

static void put_element(Encoder *encoder, const void *element, int depth);

static void put_member(Encoder *encoder, const void *element, int depth) {
  void *name = encoder->library->Element_name(element);
  buffer_u32(encoder->buffer, dictionary_name(encoder->dictionary, encoder->buffer, name));
  put_element(encoder, element, depth);
}

static void put_choice(Encoder *encoder, const void *element, int depth) {
  void *chosen = NULL;
  int isChosen = encoder->library->Element_getChoice(element, &chosen) == 0 && chosen != NULL;
  buffer_u8(encoder->buffer, TYPE_CHOICE);
  buffer_u32(encoder->buffer, isChosen ? 1 : 0);
  if (isChosen) put_member(encoder, chosen, depth + 1);
}

static void put_sequence(Encoder *encoder, const void *element, int depth) {
  Buffer *buffer = encoder->buffer;
  size_t count = encoder->library->Element_numElements(element);
  buffer_u8(buffer, TYPE_SEQUENCE);
  uint8_t *counted = buffer_reserve(buffer, 4);
  uint32_t written = 0;
  for (size_t index = 0; index < count && !buffer->isFull; index++) {
    void *member = NULL;
    if (encoder->library->Element_getElementAt(element, &member, index) != 0) {
      buffer->unreadable++;
      continue;
    }
    put_member(encoder, member, depth + 1);
    written++;
  }
  if (counted != NULL) memcpy(counted, &written, 4);
}

static void put_complex(Encoder *encoder, const void *element, int type, int depth) {
  if (type == TYPE_CHOICE) put_choice(encoder, element, depth);
  else put_sequence(encoder, element, depth);
}

static void put_array(Encoder *encoder, const void *element, int type, int depth) {
  const Library *library = encoder->library;
  Buffer *buffer = encoder->buffer;
  size_t count = library->Element_numValues(element);
  buffer_u8(buffer, VALUE_ARRAY);
  buffer_u32(buffer, (uint32_t)count);
  for (size_t index = 0; index < count && !buffer->isFull; index++) {
    if (type == TYPE_SEQUENCE || type == TYPE_CHOICE) {
      void *item = NULL;
      int code = library->Element_getValueAsElement(element, &item, index);
      if (code != 0) put_unreadable(encoder, code);
      else put_complex(encoder, item, type, depth + 1);
    } else if (library->Element_isNullValue(element, index) == 1) {
      buffer_u8(buffer, VALUE_NULL);
    } else {
      put_scalar(encoder, element, index, type);
    }
  }
}

static void put_element(Encoder *encoder, const void *element, int depth) {
  const Library *library = encoder->library;
  int type = library->Element_datatype(element);
  if (depth > DEPTH_MAX) put_unreadable(encoder, 0);
  else if (library->Element_isArray(element)) put_array(encoder, element, type, depth);
  else if (type == TYPE_SEQUENCE || type == TYPE_CHOICE) put_complex(encoder, element, type, depth);
  else if (library->Element_isNull(element) == 1) buffer_u8(encoder->buffer, VALUE_NULL);
  else put_scalar(encoder, element, 0, type);
}

static uint8_t recap_and_fragment(const Library *library, const void *message) {
  int recap = library->Message_recapType == NULL ? 0 : library->Message_recapType(message);
  return (uint8_t)((recap & 3) | (library->Message_fragmentType(message) & 3) << 2);
}

/* Nanoseconds since the library received the message; below 0 when it does not know. */
static double received_delay(const Library *library, const Message *message) {
  TimePoint at, now;
  if (library->Message_timeReceived == NULL || library->HighResolutionClock_now == NULL ||
      library->TimePointUtil_nanosecondsBetween == NULL)
    return -1;
  if (library->Message_timeReceived(message->handle, &at) != 0) return -1;
  if (library->HighResolutionClock_now(&now) != 0) return -1;
  return (double)library->TimePointUtil_nanosecondsBetween(&at, &now);
}

static void put_correlation_ids(Encoder *encoder, const void *message) {
  int count = encoder->library->Message_numCorrelationIds(message);
  uint8_t *counted = buffer_reserve(encoder->buffer, 4);
  uint32_t written = 0;
  for (int index = 0; index < count; index++) {
    CorrelationId id = encoder->library->Message_correlationId(message, (size_t)index);
    if (((id.header >> 8) & 15) != CORRELATION_INT) continue;
    buffer_f64(encoder->buffer, (double)id.value);
    written++;
  }
  if (counted != NULL) memcpy(counted, &written, 4);
}

static void put_head(Encoder *encoder, uint8_t record, const Message *message) {
  const Library *library = encoder->library;
  Buffer *buffer = encoder->buffer;
  void *service = library->Message_service(message->handle);
  const char *serviceName = service == NULL ? NULL : library->Service_name(service);
  double delay = message->isTimed ? received_delay(library, message) : -1;
  uint8_t flags = (uint8_t)((message->isLast ? FLAG_LAST : 0) | (delay >= 0 ? FLAG_TIMED : 0));
  uint8_t marks = recap_and_fragment(library, message->handle);
  uint8_t head[4] = {record, (uint8_t)message->eventType, marks, flags};
  void *type = library->Message_messageType(message->handle);
  buffer_copy(buffer, head, sizeof head);
  buffer_u32(buffer, dictionary_name(encoder->dictionary, buffer, type));
  put_correlation_ids(encoder, message->handle);
  if (delay >= 0) buffer_f64(buffer, delay);
  put_text(encoder, serviceName);
}

/* The value of one flat field without its tag, which goes into the shape; -1 when it is not flat. */
static int put_flat_value(Encoder *encoder, const void *element) {
  const Library *library = encoder->library;
  Buffer *buffer = encoder->buffer;
  int type = library->Element_datatype(element);
  if (type >= TYPE_SEQUENCE || library->Element_isArray(element)) return -1;
  if (library->Element_isNull(element) == 1) return VALUE_NULL;
  if (is_fixed(type)) {
    _Alignas(8) uint8_t value[16] = {0};
    int code = 0;
    uint32_t length = read_fixed(library, element, 0, type, value, &code);
    if (code != 0) return -1;
    buffer_copy(buffer, value, length);
    return type;
  }
  uint32_t begin = buffer->head;
  put_scalar(encoder, element, 0, type);
  if (buffer->isFull) return type;
  uint8_t tag = buffer->bytes[begin];
  if (tag == VALUE_UNREADABLE) return -1;
  memmove(buffer->bytes + begin, buffer->bytes + begin + 1, buffer->head - begin - 1);
  buffer->head--;
  return tag;
}

/* 1 when written (or the buffer is full), 0 when the message is not flat. */
static int put_flat(Encoder *encoder, const Message *message, const void *elements) {
  const Library *library = encoder->library;
  Buffer *buffer = encoder->buffer;
  if (message->eventType != EVENT_SUBSCRIPTION_DATA) return 0;
  if (library->Message_numCorrelationIds(message->handle) != 1) return 0;
  CorrelationId id = library->Message_correlationId(message->handle, 0);
  size_t count = library->Element_numElements(elements);
  if (((id.header >> 8) & 15) != CORRELATION_INT || count > SHAPE_FIELDS_MAX) return 0;
  uint32_t type = dictionary_name(encoder->dictionary, buffer, library->Message_messageType(message->handle));
  uint32_t fields[SHAPE_FIELDS_MAX];
  uint8_t *head = buffer_reserve(buffer, 16);
  double delay = message->isTimed ? received_delay(library, message) : -1;
  if (delay >= 0) buffer_f64(buffer, delay);
  for (size_t index = 0; index < count; index++) {
    void *member = NULL;
    if (library->Element_getElementAt(elements, &member, index) != 0) return 0;
    uint32_t name = dictionary_name(encoder->dictionary, buffer, library->Element_name(member));
    int tag = put_flat_value(encoder, member);
    if (tag < 0) return 0;
    if (buffer->isFull) return 1;
    fields[index] = name << 5 | (uint32_t)tag;
  }
  uint32_t shape = dictionary_shape(encoder->dictionary, buffer, type, fields, (uint32_t)count);
  if (head == NULL || buffer->isFull) return 1;
  if (shape == INDEX_NONE) return 0;
  double correlationId = (double)id.value;
  head[0] = RECORD_FLAT;
  head[1] = (uint8_t)message->eventType;
  head[2] = recap_and_fragment(library, message->handle);
  head[3] = delay >= 0 ? FLAG_TIMED : 0;
  memcpy(head + 4, &shape, 4);
  memcpy(head + 8, &correlationId, 8);
  return 1;
}

void encode_message(const Library *library, Dictionary *dictionary, Buffer *buffer, const Message *message) {
  Encoder encoder = {library, dictionary, buffer};
  const void *elements = library->Message_elements(message->handle);
  uint32_t begin = buffer->head, unreadable = buffer->unreadable;
  if (elements != NULL && put_flat(&encoder, message, elements)) return;
  buffer->head = begin;
  buffer->unreadable = unreadable;
  put_head(&encoder, RECORD_MESSAGE, message);
  if (elements == NULL) buffer_u8(buffer, VALUE_NULL);
  else if (library->Element_datatype(elements) == TYPE_CHOICE) put_choice(&encoder, elements, 0);
  else put_sequence(&encoder, elements, 0);
}

void encode_too_large(const Library *library, Dictionary *dictionary, Buffer *buffer, const Message *message,
                      uint32_t limit) {
  Encoder encoder = {library, dictionary, buffer};
  put_head(&encoder, RECORD_TOO_LARGE, message);
  buffer_u32(buffer, limit);
}

void encode_error(const Library *library, Buffer *buffer, const char *call, int code) {
  const char *text = library->getLastErrorDescription(code);
  buffer_u8(buffer, RECORD_ERROR);
  buffer_u32(buffer, (uint32_t)code);
  buffer_bytes(buffer, call, (uint32_t)strlen(call));
  buffer_bytes(buffer, text == NULL ? "" : text, text == NULL ? 0 : (uint32_t)strlen(text));
}
