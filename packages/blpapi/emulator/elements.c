/*
 * Elements as the library itself builds them for messages. element_read.c and element_write.c are what
 * callers use.
 */
#include "emulator.h"

#include <stdlib.h>
#include <string.h>

const char *element_name(const Element *element) { return element->definition->name->text; }

void element_open(Element *element, Definition *definition, Arena *arena) {
  memset(element, 0, sizeof *element);
  element->definition = definition;
  element->arena = arena;
  element->datatype = (uint8_t)definition->type->datatype;
  element->isArray = definition->max > 1;
  element->isNull = !element->isArray && !is_complex(element);
}

/* Room for `count` children, before the first is added: children never move once they exist. */
void element_reserve(Element *sequence, uint32_t count) {
  if (count == 0) return;
  sequence->many.items = arena_take(sequence->arena, count * sizeof(Element));
  sequence->many.capacity = count;
}

Element *element_add(Element *sequence, Definition *definition) {
  if (sequence->many.capacity == 0) element_reserve(sequence, (uint32_t)sequence->definition->type->count);
  if (sequence->many.count == sequence->many.capacity) abort();
  Element *child = &children(sequence)[sequence->many.count++];
  element_open(child, definition, sequence->arena);
  child->isWritable = sequence->isWritable;
  return child;
}

static void *grown(Element *array, size_t size) {
  uint32_t wider = array->many.capacity == 0 ? 4 : array->many.capacity * 2;
  void *items = arena_take(array->arena, wider * size);
  if (array->many.count > 0) memcpy(items, array->many.items, array->many.count * size);
  array->many.items = items;
  array->many.capacity = wider;
  return items;
}

/* A further item of an array of sequences. */
Element *element_item(Element *array) {
  if (array->many.count == array->many.capacity) grown(array, sizeof(Element *));
  Element *item = arena_take(array->arena, sizeof *item);
  Definition *definition = arena_take(array->arena, sizeof *definition);
  *definition = *array->definition;
  definition->max = 1;
  element_open(item, definition, array->arena);
  item->isWritable = array->isWritable;
  complex_items(array)[array->many.count++] = item;
  return item;
}

static Value *value_slot(Element *array) {
  if (array->many.count == array->many.capacity) grown(array, sizeof(Value));
  return &simple_items(array)[array->many.count++];
}

Element *element_child(const Element *sequence, const Name *name) {
  Element *items = children(sequence);
  for (uint32_t index = 0; index < sequence->many.count; index++)
    if (items[index].definition->name == name) return &items[index];
  return NULL;
}

/* The child of this name, made when it is not there yet. The schema must know it. */
Element *put(Element *sequence, const char *name) {
  Name *interned = name_of(name);
  Element *child = element_child(sequence, interned);
  if (child != NULL) return child;
  Definition *definition = definition_in(sequence->definition->type, interned);
  if (definition == NULL) abort();
  return element_add(sequence, definition);
}

static Value *scalar(Element *sequence, const char *name) {
  Element *child = put(sequence, name);
  child->isNull = false;
  return &child->value;
}

void put_text(Element *sequence, const char *name, const char *text) {
  Element *child = put(sequence, name);
  child->isNull = false;
  if (child->datatype == TYPE_ENUMERATION)
    child->value.name = name_of(text);
  else
    child->value.text = arena_text(sequence->arena, text, strlen(text));
}

void put_integer(Element *sequence, const char *name, int64_t value) {
  scalar(sequence, name)->integer = value;
}

void put_real(Element *sequence, const char *name, double value) { scalar(sequence, name)->real = value; }

void put_time(Element *sequence, const char *name, Instant value) { scalar(sequence, name)->time = value; }

void append_text(Element *array, const char *text) {
  const char *copy = arena_text(array->arena, text, strlen(text));
  value_slot(array)->text = copy;
}

void append_integer(Element *array, int64_t value) { value_slot(array)->integer = value; }

const char *child_text(const Element *sequence, const char *name) {
  const Element *child = element_child(sequence, name_of(name));
  if (child == NULL || child->isNull || child->isArray) return NULL;
  return child->datatype == TYPE_ENUMERATION ? child->value.name->text : child->value.text;
}

int64_t child_integer(const Element *sequence, const char *name, int64_t otherwise) {
  const Element *child = element_child(sequence, name_of(name));
  return child == NULL || child->isNull ? otherwise : child->value.integer;
}

/* A field of a sequence whose elements are not in the schema, as in `fieldData`. */
Element *element_add_field(Element *sequence, const char *name, int datatype) {
  Definition *definition = arena_take(sequence->arena, sizeof *definition);
  definition->name = name_of(name);
  definition->type = simple_type(datatype);
  definition->min = 0;
  definition->max = 1;
  Element *element = element_add(sequence, definition);
  element->isNull = false;
  return element;
}
