/*
 * Writing elements: only those of requests are writable. The schema decides what exists and which values
 * an element takes.
 */
#include "emulator.h"

#include <string.h>

/* A value as the caller gave it, before the element's own type is known. */
typedef struct {
  int datatype;
  Value value;
  size_t length; /* of bytes */
} Offer;

static int refuse(const Element *element, int offered) {
  return fail(ERROR_INVALID_CONVERSION, "Attempt to set value of element '%s'(type: '%s') from '%s' type.",
              element_name(element), datatype_text(element->datatype), datatype_text(offered));
}

static int convert_number(const Element *element, const Offer *offer, Value *out) {
  bool isInteger = offer->datatype == TYPE_INT32 || offer->datatype == TYPE_INT64;
  switch (element->datatype) {
    case TYPE_BYTE:
    case TYPE_INT32:
      if (!isInteger || offer->value.integer > INT32_MAX || offer->value.integer < INT32_MIN)
        return refuse(element, offer->datatype);
      out->integer = offer->value.integer;
      return 0;
    case TYPE_INT64:
      if (!isInteger) return refuse(element, offer->datatype);
      out->integer = offer->value.integer;
      return 0;
    default:
      out->real = isInteger ? (double)offer->value.integer : offer->value.real;
      return 0;
  }
}

static int convert_enumeration(const Element *element, const char *text, Value *out) {
  const blpapi_ConstantList_t *list = element->definition->type->constants;
  for (size_t index = 0; list != NULL && index < list->count; index++) {
    if (strcmp(list->constants[index].name->text, text) != 0) continue;
    out->name = list->constants[index].name;
    return 0;
  }
  return fail(ERROR_ITEM_NOT_FOUND, "'%s' is not a constant of element '%s'.", text, element_name(element));
}

static int convert(Element *element, const Offer *offer, Value *out) {
  bool isText = offer->datatype == TYPE_STRING;
  switch (element->datatype) {
    case TYPE_BYTE:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_FLOAT32:
    case TYPE_FLOAT64:
    case TYPE_DECIMAL:
      if (offer->datatype < TYPE_INT32 || offer->datatype > TYPE_FLOAT64)
        return refuse(element, offer->datatype);
      return convert_number(element, offer, out);
    case TYPE_STRING:
      if (!isText) return refuse(element, offer->datatype);
      out->text = arena_text(element->arena, offer->value.text, strlen(offer->value.text));
      return 0;
    case TYPE_ENUMERATION:
      return isText ? convert_enumeration(element, offer->value.text, out) : refuse(element, offer->datatype);
    case TYPE_BYTEARRAY:
      if (offer->datatype != TYPE_BYTEARRAY) return refuse(element, offer->datatype);
      out->bytes.data = arena_text(element->arena, offer->value.text, offer->length);
      out->bytes.length = (uint32_t)offer->length;
      return 0;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_DATETIME:
      if (offer->datatype != TYPE_DATETIME) return refuse(element, offer->datatype);
      *out = offer->value;
      return 0;
    default: /* bool, char */
      if (offer->datatype != element->datatype) return refuse(element, offer->datatype);
      out->integer = offer->value.integer;
      return 0;
  }
}

static int check_writable(const Element *element) {
  if (element->isWritable) return 0;
  return fail(ERROR_ILLEGAL_ACCESS, "Attempt to modify read-only element '%s'.", element_name(element));
}

static int set_value(Element *element, const Offer *offer, size_t index) {
  Value value;
  memset(&value, 0, sizeof value);
  int code = check_writable(element);
  if (code != 0) return code;
  if (is_complex(element)) return refuse(element, offer->datatype);
  if (offer->datatype == TYPE_STRING && offer->value.text == NULL)
    return fail(ERROR_ILLEGAL_ARG, "Null value for element '%s'.", element_name(element));
  if (!element->isArray && index != 0 && index != ELEMENT_INDEX_END && index != SIZE_MAX)
    return fail(ERROR_ILLEGAL_ARG, "Attempt to access non-zero index '%zu' on scalar element '%s'", index,
                element_name(element));
  code = convert(element, offer, &value);
  if (code != 0) return code;
  if (!element->isArray) {
    element->value = value;
    element->isNull = false;
    return 0;
  }
  if (index == ELEMENT_INDEX_END || index == SIZE_MAX) {
    append_integer(element, 0);
    index = element->many.count - 1;
  }
  if (index >= element->many.count)
    return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", index);
  simple_items(element)[index] = value;
  return 0;
}

static int set_element(Element *element, const char *nameString, const Name *name, const Offer *offer) {
  Element *child = NULL;
  int code = check_writable(element);
  if (code != 0) return code;
  bool isNew = !blpapi_Element_hasElement(element, nameString, name);
  code = blpapi_Element_getElement(element, &child, nameString, name);
  if (code != 0) return code;
  if (child->isArray)
    code = fail(ERROR_UNSUPPORTED_OPERATION, "Attempt to set scalar value of array element '%s'.",
                element_name(child));
  else
    code = set_value(child, offer, 0);
  if (code != 0 && isNew) element->many.count--;
  return code;
}

static Offer integer_offer(int datatype, int64_t value) {
  Offer offer = {.datatype = datatype, .value = {.integer = value}, .length = 0};
  return offer;
}

static Offer real_offer(double value) {
  Offer offer = {.datatype = TYPE_FLOAT64, .value = {.real = value}, .length = 0};
  return offer;
}

static Offer text_offer(const char *value) {
  Offer offer = {.datatype = TYPE_STRING, .value = {.text = value}, .length = 0};
  return offer;
}

static Offer time_offer(Instant value) {
  Offer offer = {.datatype = TYPE_DATETIME, .value = {.time = value}, .length = 0};
  return offer;
}

/* Both ways to write one type: to a named sub-element and to a value at an index. */
#define WRITERS(Kind, ctype, make)                                                                        \
  int blpapi_Element_setElement##Kind(blpapi_Element_t *element, const char *nameString,                  \
                                      const blpapi_Name_t *name, ctype value) {                           \
    Offer offer = make;                                                                                   \
    return set_element(element, nameString, name, &offer);                                                \
  }                                                                                                       \
  int blpapi_Element_setValue##Kind(blpapi_Element_t *element, ctype value, size_t index) {               \
    Offer offer = make;                                                                                   \
    return set_value(element, &offer, index);                                                             \
  }

static Offer datetime_offer(const blpapi_Datetime_t *value) {
  Instant precise;
  memset(&precise, 0, sizeof precise);
  if (value != NULL) precise.datetime = *value;
  return time_offer(precise);
}

static Offer precise_offer(const blpapi_HighPrecisionDatetime_t *value) {
  Instant nothing;
  memset(&nothing, 0, sizeof nothing);
  return time_offer(value == NULL ? nothing : *value);
}

WRITERS(Bool, blpapi_Bool_t, integer_offer(TYPE_BOOL, value != 0))
WRITERS(Char, blpapi_Char_t, integer_offer(TYPE_CHAR, value))
WRITERS(Int32, blpapi_Int32_t, integer_offer(TYPE_INT32, value))
WRITERS(Int64, blpapi_Int64_t, integer_offer(TYPE_INT64, value))
WRITERS(Float32, blpapi_Float32_t, real_offer((double)value))
WRITERS(Float64, blpapi_Float64_t, real_offer(value))
WRITERS(String, const char *, text_offer(value))
WRITERS(Datetime, const blpapi_Datetime_t *, datetime_offer(value))
WRITERS(HighPrecisionDatetime, const blpapi_HighPrecisionDatetime_t *, precise_offer(value))

int blpapi_Element_setElementFromName(blpapi_Element_t *element, const char *elementName,
                                      const blpapi_Name_t *name, const blpapi_Name_t *buffer) {
  Offer offer = text_offer(buffer == NULL ? NULL : buffer->text);
  return set_element(element, elementName, name, &offer);
}

int blpapi_Element_setValueFromName(blpapi_Element_t *element, const blpapi_Name_t *value, size_t index) {
  Offer offer = text_offer(value == NULL ? NULL : value->text);
  return set_value(element, &offer, index);
}

int blpapi_Element_appendElement(blpapi_Element_t *element, blpapi_Element_t **appendedElement) {
  int code = check_writable(element);
  if (code != 0) return code;
  if (!element->isArray || !is_complex(element))
    return fail(ERROR_UNSUPPORTED_OPERATION, "Element '%s' is not an array of sequences.",
                element_name(element));
  *appendedElement = element_item(element);
  return 0;
}

int blpapi_Element_setChoice(blpapi_Element_t *element, blpapi_Element_t **resultElement,
                             const char *nameCstr, const blpapi_Name_t *name, size_t index) {
  (void)index;
  int code = check_writable(element);
  if (code != 0) return code;
  if (element->datatype != TYPE_CHOICE)
    return fail(ERROR_UNSUPPORTED_OPERATION, "Element '%s' is not a choice.", element_name(element));
  element->many.count = 0;
  return blpapi_Element_getElement(element, resultElement, nameCstr, name);
}

#if EMULATES_NEWER
int blpapi_Element_setElementBytes(blpapi_Element_t *element, const char *nameString,
                                   const blpapi_Name_t *name, const char *value, size_t length) {
  Offer offer = {.datatype = TYPE_BYTEARRAY, .value = {.text = value}, .length = length};
  return set_element(element, nameString, name, &offer);
}

int blpapi_Element_setValueBytes(blpapi_Element_t *element, const char *value, size_t length,
                                 size_t index) {
  Offer offer = {.datatype = TYPE_BYTEARRAY, .value = {.text = value}, .length = length};
  return set_value(element, &offer, index);
}
#endif
