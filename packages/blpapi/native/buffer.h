/*
 * The buffer one poll fills: records of messages grow from the front, definitions (names, shapes, texts) from
 * the back, so that a message which does not fit can be taken back without taking back the definitions it
 * made. `src/decode.ts` reads it, `src/buffer.ts` describes the same layout; all numbers are little-endian.
 *
 *   0 u32 magic   4 u32 end of records   8 u32 begin of definitions   12 u32 number of definitions
 *  16 u32 events  20 u32 messages        24 f64 monotonic ms of the first event
 *  32 u32 values that could not be read  36 u32 reserved              40 records …
 *
 * A definition is its body followed by the u32 length of the body; the first one lies at the very end.
 */
#ifndef TIDEGATE_BUFFER_H
#define TIDEGATE_BUFFER_H

#include <stdint.h>
#include <string.h>

enum { BUFFER_MAGIC = 0x31424754, BUFFER_HEADER = 40 };

/* First byte of a record. */
enum { RECORD_MESSAGE = 1, RECORD_FLAT = 2, RECORD_LOG = 3, RECORD_TOO_LARGE = 4, RECORD_ERROR = 5 };

/* First byte of a definition. */
enum { DEFINE_NAME = 1, DEFINE_SHAPE = 2, DEFINE_TEXT = 3 };

/* Tags of values besides the data types of abi.h. */
enum { VALUE_NULL = 0, VALUE_ARRAY = 18, VALUE_UNREADABLE = 19, VALUE_TEXT = 20 };

typedef struct {
  uint8_t *bytes;
  uint32_t head, tail, capacity;
  uint32_t definitions, events, messages, unreadable;
  double takenAtMs;
  int isFull;
} Buffer;

static inline uint8_t *buffer_reserve(Buffer *buffer, uint32_t length) {
  if (buffer->isFull || buffer->tail - buffer->head < length) {
    buffer->isFull = 1;
    return NULL;
  }
  uint8_t *place = buffer->bytes + buffer->head;
  buffer->head += length;
  return place;
}

static inline void buffer_copy(Buffer *buffer, const void *from, uint32_t length) {
  uint8_t *place = buffer_reserve(buffer, length);
  if (place != NULL && length > 0) memcpy(place, from, length);
}

static inline void buffer_u8(Buffer *buffer, uint8_t value) {
  buffer_copy(buffer, &value, 1);
}

static inline void buffer_u32(Buffer *buffer, uint32_t value) {
  buffer_copy(buffer, &value, 4);
}

static inline void buffer_f64(Buffer *buffer, double value) {
  buffer_copy(buffer, &value, 8);
}

static inline void buffer_bytes(Buffer *buffer, const void *from, uint32_t length) {
  buffer_u32(buffer, length);
  buffer_copy(buffer, from, length);
}

/* Room for a definition of `length` bytes, or null when it does not fit. */
static inline uint8_t *buffer_define(Buffer *buffer, uint32_t length) {
  if (buffer->isFull || buffer->tail - buffer->head < length + 4) {
    buffer->isFull = 1;
    return NULL;
  }
  buffer->tail -= 4;
  memcpy(buffer->bytes + buffer->tail, &length, 4);
  buffer->tail -= length;
  buffer->definitions++;
  return buffer->bytes + buffer->tail;
}

#endif
