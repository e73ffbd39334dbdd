/*
 * What a session has already been told: names by handle (they are interned for the process, so the pointer is
 * the name), short texts, and shapes (the names and types of a flat message). Each is sent once, then by
 * index. Every table has a limit; past it names refuse the message and texts and shapes are written out.
 */
#ifndef TIDEGATE_DICTIONARY_H
#define TIDEGATE_DICTIONARY_H

#include "abi.h"
#include "buffer.h"

enum { NAMES_MAX = 1 << 17, TEXTS_MAX = 1 << 15, SHAPES_MAX = 1 << 12, SHAPE_FIELDS_MAX = 256 };
enum { TEXT_BYTES_MAX = 32 };

#define INDEX_NONE UINT32_MAX

typedef struct {
  uint64_t *keys;
  uint32_t *values;
  uint32_t mask, count;
} Table;

typedef struct {
  uint32_t hash, count;
  uint32_t *fields; /* name index << 5 | type tag */
  uint32_t type;
} Shape;

typedef struct {
  const Library *library;
  Table names, texts, shapesByHash;
  char (*textBytes)[TEXT_BYTES_MAX + 1];
  Shape *shapes;
  uint32_t shapeCount;
} Dictionary;

int dictionary_open(Dictionary *dictionary, const Library *library);
void dictionary_close(Dictionary *dictionary);

/* Index of a name handle; INDEX_NONE with a full buffer or a full table. */
uint32_t dictionary_name(Dictionary *dictionary, Buffer *buffer, const void *name);

/* Index of a short text, or INDEX_NONE: then it is written out. */
uint32_t dictionary_text(Dictionary *dictionary, Buffer *buffer, const char *text, uint32_t length);

/* Index of the shape, or INDEX_NONE: then the message is written with its names. */
uint32_t dictionary_shape(Dictionary *dictionary, Buffer *buffer, uint32_t type, const uint32_t *fields,
                          uint32_t count);

#endif
