/* Writing one message into the buffer: see encode.c. */
#ifndef TIDEGATE_ENCODE_H
#define TIDEGATE_ENCODE_H

#include "abi.h"
#include "buffer.h"
#include "dictionary.h"

/* A message as the poller has it in hand. */
typedef struct {
  const void *handle;
  int eventType;
  int isLast; /* of its event */
  int isTimed;
} Message;

/* Flags of a message record. */
enum { FLAG_LAST = 1, FLAG_TIMED = 2 };

void encode_message(const Library *library, Dictionary *dictionary, Buffer *buffer, const Message *message);

/* Told instead of a message over the limit. */
void encode_too_large(const Library *library, Dictionary *dictionary, Buffer *buffer, const Message *message,
                      uint32_t limit);

/* A call of the library that failed, with the text of this thread. */
void encode_error(const Library *library, Buffer *buffer, const char *call, int code);

#endif
