/* Names, short texts and shapes already told to the reader: see dictionary.h. */
#include "dictionary.h"

#include <stdlib.h>

static int table_open(Table *table, uint32_t slots) {
  table->keys = calloc(slots, sizeof *table->keys);
  table->values = calloc(slots, sizeof *table->values);
  table->mask = slots - 1;
  table->count = 0;
  return table->keys != NULL && table->values != NULL;
}

static void table_close(Table *table) {
  free(table->keys);
  free(table->values);
}

static inline uint64_t mixed(uint64_t value) {
  value *= 0x9e3779b97f4a7c15u;
  return value ^ (value >> 29);
}

/* Slot of the key, or the free slot where it belongs; a key is never 0. */
static inline uint32_t table_slot(const Table *table, uint64_t key) {
  uint32_t slot = (uint32_t)mixed(key) & table->mask;
  while (table->keys[slot] != 0 && table->keys[slot] != key) slot = (slot + 1) & table->mask;
  return slot;
}

static int table_grow(Table *table) {
  Table larger;
  if (!table_open(&larger, (table->mask + 1) * 2)) {
    table_close(&larger);
    return 0;
  }
  for (uint32_t old = 0; old <= table->mask; old++) {
    if (table->keys[old] == 0) continue;
    uint32_t slot = table_slot(&larger, table->keys[old]);
    larger.keys[slot] = table->keys[old];
    larger.values[slot] = table->values[old];
  }
  larger.count = table->count;
  table_close(table);
  *table = larger;
  return 1;
}

/* Makes room for one more key; asked before a definition is written, which can't be taken back. */
static int table_room(Table *table) {
  return table->count * 2 <= table->mask || table_grow(table);
}

static void table_put(Table *table, uint64_t key, uint32_t value) {
  uint32_t slot = table_slot(table, key);
  table->keys[slot] = key;
  table->values[slot] = value;
  table->count++;
}

static uint64_t hashed(const void *bytes, uint32_t length, uint64_t seed) {
  const uint8_t *at = bytes;
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (uint32_t index = 0; index < length; index++) hash = (hash ^ at[index]) * 0x100000001b3u;
  return hash == 0 ? 1 : hash;
}

int dictionary_open(Dictionary *dictionary, const Library *library) {
  memset(dictionary, 0, sizeof *dictionary);
  dictionary->library = library;
  dictionary->textBytes = calloc(TEXTS_MAX, sizeof *dictionary->textBytes);
  dictionary->shapes = calloc(SHAPES_MAX, sizeof *dictionary->shapes);
  int isOpen = table_open(&dictionary->names, 1024);
  isOpen &= table_open(&dictionary->texts, 1024);
  isOpen &= table_open(&dictionary->shapesByHash, 256);
  if (isOpen && dictionary->textBytes != NULL && dictionary->shapes != NULL) return 1;
  dictionary_close(dictionary);
  return 0;
}

void dictionary_close(Dictionary *dictionary) {
  for (uint32_t index = 0; index < dictionary->shapeCount; index++) free(dictionary->shapes[index].fields);
  free(dictionary->shapes);
  free(dictionary->textBytes);
  table_close(&dictionary->names);
  table_close(&dictionary->texts);
  table_close(&dictionary->shapesByHash);
}

uint32_t dictionary_name(Dictionary *dictionary, Buffer *buffer, const void *name) {
  uint64_t key = (uint64_t)(uintptr_t)name;
  Table *names = &dictionary->names;
  uint32_t slot = table_slot(names, key);
  if (names->keys[slot] == key && key != 0) return names->values[slot];
  if (key == 0 || names->count == NAMES_MAX || !table_room(names)) {
    buffer->isFull = 1;
    return INDEX_NONE;
  }
  const char *text = dictionary->library->Name_string(name);
  uint32_t length = (uint32_t)dictionary->library->Name_length(name);
  uint8_t *body = buffer_define(buffer, 1 + length);
  if (body == NULL) return INDEX_NONE;
  body[0] = DEFINE_NAME;
  memcpy(body + 1, text, length);
  uint32_t index = names->count;
  table_put(names, key, index);
  return index;
}

uint32_t dictionary_text(Dictionary *dictionary, Buffer *buffer, const char *text, uint32_t length) {
  if (length > TEXT_BYTES_MAX) return INDEX_NONE;
  Table *texts = &dictionary->texts;
  uint64_t key = hashed(text, length, length);
  uint32_t slot = table_slot(texts, key);
  if (texts->keys[slot] == key) {
    uint32_t known = texts->values[slot];
    const char *bytes = dictionary->textBytes[known];
    return memcmp(bytes, text, length) == 0 && bytes[length] == '\0' ? known : INDEX_NONE;
  }
  if (texts->count == TEXTS_MAX || !table_room(texts)) return INDEX_NONE;
  uint8_t *body = buffer_define(buffer, 1 + length);
  if (body == NULL) return INDEX_NONE;
  body[0] = DEFINE_TEXT;
  memcpy(body + 1, text, length);
  uint32_t index = texts->count;
  memcpy(dictionary->textBytes[index], text, length);
  table_put(texts, key, index);
  return index;
}

static uint32_t shape_add(Dictionary *dictionary, Buffer *buffer, uint64_t key, const Shape *wanted) {
  if (dictionary->shapeCount == SHAPES_MAX || !table_room(&dictionary->shapesByHash)) return INDEX_NONE;
  uint32_t length = wanted->count * 4;
  uint32_t *fields = malloc(length + 4);
  uint8_t *body = fields == NULL ? NULL : buffer_define(buffer, 5 + length);
  if (body == NULL) {
    free(fields);
    return INDEX_NONE;
  }
  body[0] = DEFINE_SHAPE;
  memcpy(body + 1, &wanted->type, 4);
  if (length > 0) {
    memcpy(body + 5, wanted->fields, length);
    memcpy(fields, wanted->fields, length);
  }
  uint32_t index = dictionary->shapeCount++;
  Shape *shape = &dictionary->shapes[index];
  *shape = *wanted;
  shape->fields = fields;
  table_put(&dictionary->shapesByHash, key, index);
  return index;
}

uint32_t dictionary_shape(Dictionary *dictionary, Buffer *buffer, uint32_t type, const uint32_t *fields,
                          uint32_t count) {
  uint64_t key = 0xcbf29ce484222325u ^ type;
  for (uint32_t index = 0; index < count; index++) key = mixed(key ^ fields[index]);
  if (key == 0) key = 1;
  const Table *table = &dictionary->shapesByHash;
  uint32_t slot = table_slot(table, key);
  Shape wanted = {.count = count, .fields = (uint32_t *)(uintptr_t)fields, .type = type};
  if (table->keys[slot] != key) return shape_add(dictionary, buffer, key, &wanted);
  const Shape *shape = &dictionary->shapes[table->values[slot]];
  int isSame = shape->type == type && shape->count == count &&
               memcmp(shape->fields, fields, (size_t)count * 4) == 0;
  return isSame ? table->values[slot] : INDEX_NONE;
}
