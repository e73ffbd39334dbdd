/*
 * Reading elements. Which conversions exist, and the texts of refusals, are those the genuine library
 * gave when asked.
 */
#include "emulator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lateTextLock = PTHREAD_MUTEX_INITIALIZER;

blpapi_Name_t *blpapi_Element_name(const blpapi_Element_t *element) { return element->definition->name; }

const char *blpapi_Element_nameString(const blpapi_Element_t *element) { return element_name(element); }

int blpapi_Element_datatype(const blpapi_Element_t *element) { return element->datatype; }

blpapi_SchemaElementDefinition_t *blpapi_Element_definition(const blpapi_Element_t *element) {
  return element->definition;
}

int blpapi_Element_isComplexType(const blpapi_Element_t *element) { return is_complex(element); }

int blpapi_Element_isArray(const blpapi_Element_t *element) { return element->isArray; }

int blpapi_Element_isReadOnly(const blpapi_Element_t *element) { return !element->isWritable; }

int blpapi_Element_isNull(const blpapi_Element_t *element) { return element->isNull; }

int blpapi_Element_isNullValue(const blpapi_Element_t *element, size_t position) {
  size_t count = blpapi_Element_numValues(element);
  if (element->isNull && position == 0) return 1;
  if (position >= count) return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", position);
  return 0;
}

size_t blpapi_Element_numElements(const blpapi_Element_t *element) {
  return is_complex(element) && !element->isArray ? element->many.count : 0;
}

size_t blpapi_Element_numValues(const blpapi_Element_t *element) {
  if (element->isArray) return element->many.count;
  return element->isNull ? 0 : 1;
}

static const Name *given(const char *text, const Name *name) {
  if (name != NULL) return name;
  return text == NULL ? NULL : name_known(text, strlen(text));
}

static const char *shown(const char *text, const Name *name) {
  return name != NULL ? name->text : text != NULL ? text : "";
}

int blpapi_Element_hasElementEx(const blpapi_Element_t *element, const char *nameString,
                                const blpapi_Name_t *name, int excludeNullElements, int reserved) {
  (void)reserved;
  const Name *wanted = given(nameString, name);
  if (wanted == NULL || !is_complex(element) || element->isArray) return 0;
  const Element *child = element_child(element, wanted);
  return child != NULL && !(excludeNullElements && child->isNull);
}

int blpapi_Element_hasElement(const blpapi_Element_t *element, const char *nameString,
                              const blpapi_Name_t *name) {
  return blpapi_Element_hasElementEx(element, nameString, name, 0, 0);
}

static int refuse_simple(const Element *element) {
  return fail(ERROR_ILLEGAL_ACCESS, "Attempt to access sub-element on non-complex element '%s'.",
              element_name(element));
}

int blpapi_Element_getElementAt(const blpapi_Element_t *element, blpapi_Element_t **result, size_t position) {
  if (!is_complex(element) || element->isArray) return refuse_simple(element);
  if (position >= element->many.count)
    return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", position);
  *result = &children(element)[position];
  return 0;
}

/* In a request an array or a sequence that is not there yet appears when asked for. */
int blpapi_Element_getElement(const blpapi_Element_t *element, blpapi_Element_t **result,
                              const char *nameString, const blpapi_Name_t *name) {
  if (!is_complex(element) || element->isArray) return refuse_simple(element);
  const Name *wanted = given(nameString, name);
  Element *child = wanted == NULL ? NULL : element_child(element, wanted);
  if (child == NULL) {
    Definition *definition = wanted == NULL ? NULL : definition_in(element->definition->type, wanted);
    if (definition == NULL)
      return fail(ERROR_ITEM_NOT_FOUND, "Sub-element '%s' does not exist.", shown(nameString, name));
    if (!element->isWritable)
      return fail(ERROR_ITEM_NOT_FOUND, "Attempt to access unavailable sub-element '%s' of element '%s'.",
                  wanted->text, element_name(element));
    child = element_add((Element *)element, definition);
  }
  *result = child;
  return 0;
}

int blpapi_Element_getChoice(const blpapi_Element_t *element, blpapi_Element_t **result) {
  if (element->datatype != TYPE_CHOICE || element->isArray)
    return fail(ERROR_UNSUPPORTED_OPERATION, "Element '%s' is not a choice.", element_name(element));
  if (element->many.count == 0)
    return fail(ERROR_ITEM_NOT_FOUND, "Element '%s' has no selection.", element_name(element));
  *result = &children(element)[0];
  return 0;
}

/* The value at an index, or a failure in *code. A scalar has index 0 only. */
static const Value *value_at(const Element *element, size_t index, const char *as, int *code) {
  *code = 0;
  if (is_complex(element)) {
    *code = fail(ERROR_INVALID_CONVERSION,
                 "Attempt to access value of element '%s'(type: '%s') as '%s' type.", element_name(element),
                 datatype_text(element->datatype), as);
    return NULL;
  }
  if (element->isArray) {
    if (index < element->many.count) return &simple_items(element)[index];
    *code = fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", index);
    return NULL;
  }
  if (index > 0) {
    *code = fail(ERROR_ILLEGAL_ARG, "Attempt to access non-zero index '%zu' on scalar element '%s'", index,
                 element_name(element));
    return NULL;
  }
  if (!element->isNull) return &element->value;
  *code = fail(ERROR_INDEX_OUT_OF_RANGE, "Attempt to access value of null element '%s'.",
               element_name(element));
  return NULL;
}

static int refuse(const Element *element, const char *as) {
  return fail(ERROR_INVALID_CONVERSION, "Attempt to access value of element '%s'(type: '%s') as '%s' type.",
              element_name(element), datatype_text(element->datatype), as);
}

int blpapi_Element_getValueAsBool(const blpapi_Element_t *element, blpapi_Bool_t *buffer, size_t index) {
  int code;
  const Value *value = value_at(element, index, "bool", &code);
  if (value == NULL) return code;
  if (element->datatype != TYPE_BOOL) return refuse(element, "bool");
  *buffer = value->integer != 0;
  return 0;
}

int blpapi_Element_getValueAsChar(const blpapi_Element_t *element, blpapi_Char_t *buffer, size_t index) {
  int code;
  const Value *value = value_at(element, index, "Char", &code);
  if (value == NULL) return code;
  if (element->datatype != TYPE_CHAR) return refuse(element, "Char");
  *buffer = (char)value->integer;
  return 0;
}

static bool is_integer(int datatype) { return datatype >= TYPE_BYTE && datatype <= TYPE_INT64; }

static bool is_real(int datatype) {
  return datatype == TYPE_FLOAT32 || datatype == TYPE_FLOAT64 || datatype == TYPE_DECIMAL;
}

static bool is_time(int datatype) {
  return datatype == TYPE_DATE || datatype == TYPE_TIME || datatype == TYPE_DATETIME;
}

int blpapi_Element_getValueAsInt64(const blpapi_Element_t *element, blpapi_Int64_t *buffer, size_t index) {
  int code;
  const Value *value = value_at(element, index, "Int64", &code);
  if (value == NULL) return code;
  if (!is_integer(element->datatype)) return refuse(element, "Int64");
  *buffer = value->integer;
  return 0;
}

int blpapi_Element_getValueAsInt32(const blpapi_Element_t *element, blpapi_Int32_t *buffer, size_t index) {
  int code;
  const Value *value = value_at(element, index, "Int32", &code);
  if (value == NULL) return code;
  if (!is_integer(element->datatype) || value->integer > INT32_MAX || value->integer < INT32_MIN)
    return refuse(element, "Int32");
  *buffer = (int32_t)value->integer;
  return 0;
}

int blpapi_Element_getValueAsFloat64(const blpapi_Element_t *element, blpapi_Float64_t *buffer,
                                     size_t index) {
  int code;
  const Value *value = value_at(element, index, "Float64", &code);
  if (value == NULL) return code;
  if (is_integer(element->datatype))
    *buffer = (double)value->integer;
  else if (is_real(element->datatype))
    *buffer = value->real;
  else
    return refuse(element, "Float64");
  return 0;
}

int blpapi_Element_getValueAsFloat32(const blpapi_Element_t *element, blpapi_Float32_t *buffer,
                                     size_t index) {
  int code;
  const Value *value = value_at(element, index, "Float32", &code);
  if (value == NULL) return code;
  if (is_integer(element->datatype))
    *buffer = (float)value->integer;
  else if (is_real(element->datatype))
    *buffer = (float)value->real;
  else
    return refuse(element, "Float32");
  return 0;
}

/* The shortest decimal text that reads back as the same number. */
static void real_text(char *buffer, size_t size, double value) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(buffer, size, "%.*g", digits, value);
    if (strtod(buffer, NULL) == value) return;
  }
}

/* Texts made on reading live as long as the event: its arena takes them, under a lock of its own. */
static const char *late_text(const Element *element, const char *text) {
  pthread_mutex_lock(&lateTextLock);
  const char *copy = arena_text(element->arena, text, strlen(text));
  pthread_mutex_unlock(&lateTextLock);
  return copy;
}

int blpapi_Element_getValueAsString(const blpapi_Element_t *element, const char **buffer, size_t index) {
  char text[64];
  int code;
  const Value *value = value_at(element, index, "String", &code);
  if (value == NULL) return code;
  int datatype = element->datatype;
  if (datatype == TYPE_STRING) {
    *buffer = value->text;
    return 0;
  }
  if (datatype == TYPE_ENUMERATION) {
    *buffer = value->name->text;
    return 0;
  }
  if (datatype == TYPE_BOOL)
    snprintf(text, sizeof text, "%s", value->integer != 0 ? "true" : "false");
  else if (datatype == TYPE_CHAR)
    snprintf(text, sizeof text, "%c", (char)value->integer);
  else if (is_integer(datatype))
    snprintf(text, sizeof text, "%lld", (long long)value->integer);
  else if (is_real(datatype))
    real_text(text, sizeof text, value->real);
  else if (is_time(datatype))
    datetime_text(text, sizeof text, &value->time);
  else
    return refuse(element, "String");
  *buffer = late_text(element, text);
  return 0;
}

int blpapi_Element_getValueAsHighPrecisionDatetime(const blpapi_Element_t *element,
                                                   blpapi_HighPrecisionDatetime_t *buffer, size_t index) {
  int code;
  const Value *value = value_at(element, index, "Datetime", &code);
  if (value == NULL) return code;
  if (!is_time(element->datatype)) return refuse(element, "Datetime");
  *buffer = value->time;
  return 0;
}

int blpapi_Element_getValueAsDatetime(const blpapi_Element_t *element, blpapi_Datetime_t *buffer,
                                      size_t index) {
  Instant precise;
  int code = blpapi_Element_getValueAsHighPrecisionDatetime(element, &precise, index);
  if (code == 0) *buffer = precise.datetime;
  return code;
}

int blpapi_Element_getValueAsName(const blpapi_Element_t *element, blpapi_Name_t **buffer, size_t index) {
  int code;
  const Value *value = value_at(element, index, "Name", &code);
  if (value == NULL) return code;
  if (element->datatype == TYPE_ENUMERATION)
    *buffer = value->name;
  else if (element->datatype == TYPE_STRING)
    *buffer = name_of(value->text);
  else
    return refuse(element, "Name");
  return 0;
}

int blpapi_Element_getValueAsElement(const blpapi_Element_t *element, blpapi_Element_t **buffer,
                                     size_t index) {
  if (!is_complex(element)) return refuse(element, "Element");
  if (!element->isArray && index > 0)
    return fail(ERROR_ILLEGAL_ARG, "Attempt to access non-zero index '%zu' on scalar element '%s'", index,
                element_name(element));
  if (element->isArray && index >= element->many.count)
    return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", index);
  *buffer = element->isArray ? complex_items(element)[index] : (Element *)element;
  return 0;
}

#if EMULATES_NEWER
int blpapi_Element_getValueAsBytes(const blpapi_Element_t *element, const char **buffer, size_t *length,
                                   size_t index) {
  int code;
  const Value *value = value_at(element, index, "ByteArray", &code);
  if (value == NULL) return code;
  if (element->datatype != TYPE_BYTEARRAY) return refuse(element, "ByteArray");
  *buffer = value->bytes.data;
  *length = value->bytes.length;
  return 0;
}
#endif
