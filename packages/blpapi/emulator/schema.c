/*
 * The schema: read once from schema_text.c, then constant, but for fields that a scenario adds.
 */
#include "emulator.h"
#include "schema_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { typesMax = 128, servicesMax = 16, wordMax = 96 };

static Type types[typesMax];
static size_t typeCount;
static Service services[servicesMax];
static size_t serviceCount;
static pthread_once_t schemaOnce = PTHREAD_ONCE_INIT;
static pthread_mutex_t fieldsLock = PTHREAD_MUTEX_INITIALIZER;

static const struct {
  const char *word;
  const char *text; /* as error texts spell it */
  int datatype;
} simple[] = {
    {"bool", "Bool", TYPE_BOOL},           {"char", "Char", TYPE_CHAR},
    {"byte", "Byte", TYPE_BYTE},           {"int32", "Int32", TYPE_INT32},
    {"int64", "Int64", TYPE_INT64},        {"float32", "Float32", TYPE_FLOAT32},
    {"float64", "Float64", TYPE_FLOAT64},  {"string", "String", TYPE_STRING},
    {"bytes", "ByteArray", TYPE_BYTEARRAY}, {"date", "Date", TYPE_DATE},
    {"time", "Time", TYPE_TIME},           {"decimal", "Decimal", TYPE_DECIMAL},
    {"datetime", "Datetime", TYPE_DATETIME}, {"enumeration", "Enumeration", TYPE_ENUMERATION},
    {"sequence", "Sequence", TYPE_SEQUENCE}, {"choice", "Choice", TYPE_CHOICE},
};
static const size_t simpleCount = sizeof simple / sizeof *simple;

int datatype_named(const char *text) {
  for (size_t index = 0; index < simpleCount; index++)
    if (strcmp(simple[index].word, text) == 0) return simple[index].datatype;
  return 0;
}

const char *datatype_text(int datatype) {
  for (size_t index = 0; index < simpleCount; index++)
    if (simple[index].datatype == datatype) return simple[index].text;
  return "CorrelationId";
}

static Type *type_named(const char *text) {
  for (size_t index = 0; index < typeCount; index++)
    if (strcmp(types[index].name->text, text) == 0) return &types[index];
  return NULL;
}

static Type *type_add(const char *text, int datatype) {
  if (typeCount == typesMax) abort();
  Type *type = &types[typeCount++];
  type->name = name_of(text);
  type->datatype = datatype;
  return type;
}

/* The next word of a line, its end in *rest; an empty word at the end of the line. */
static void next_word(const char **rest, char *word) {
  while (**rest == ' ') (*rest)++;
  size_t length = 0;
  while (**rest != '\0' && **rest != ' ' && length < wordMax - 1) word[length++] = *(*rest)++;
  word[length] = '\0';
}

static size_t count_words(const char *rest) {
  char word[wordMax];
  size_t count = 0;
  for (next_word(&rest, word); word[0] != '\0'; next_word(&rest, word)) count++;
  return count;
}

static void read_element(char *word, Definition *out) {
  char *colon = strchr(word, ':');
  if (colon == NULL) abort();
  char mark = colon[-1];
  *colon = '\0';
  if (mark == '?' || mark == '*' || mark == '+') colon[-1] = '\0';
  out->name = name_of(word);
  out->type = type_named(colon + 1);
  if (out->type == NULL) {
    fprintf(stderr, "emulator: the schema has no type %s\n", colon + 1);
    abort();
  }
  out->min = mark == '?' || mark == '*' ? 0 : 1;
  out->max = mark == '*' || mark == '+' ? SIZE_MAX : 1;
}

static Type *read_type(const char *rest) {
  char word[wordMax];
  next_word(&rest, word);
  Type *type = type_add(word, TYPE_SEQUENCE);
  type->count = count_words(rest);
  type->elements = zeroed((type->count + 1) * sizeof(Definition));
  for (size_t index = 0; index < type->count; index++) {
    next_word(&rest, word);
    read_element(word, &type->elements[index]);
  }
  return type;
}

static void read_enumeration(const char *rest) {
  char word[wordMax];
  next_word(&rest, word);
  Type *type = type_add(word, TYPE_ENUMERATION);
  blpapi_ConstantList_t *list = zeroed(sizeof *list);
  list->name = type->name;
  list->count = count_words(rest);
  list->constants = zeroed(list->count * sizeof *list->constants);
  for (size_t index = 0; index < list->count; index++) {
    next_word(&rest, word);
    list->constants[index].name = name_of(word);
  }
  type->constants = list;
}

static Definition *definition_new(Name *name, Type *type) {
  Definition *definition = zeroed(sizeof *definition);
  definition->name = name;
  definition->type = type;
  definition->min = 0;
  definition->max = 1;
  return definition;
}

static void read_operation(Service *service, const char *rest) {
  char word[wordMax];
  if (service->operationCount == 8) abort();
  Operation *operation = &service->operations[service->operationCount++];
  next_word(&rest, word);
  operation->name = name_of(word);
  operation->request = definition_new(operation->name, type_named(word));
  if (operation->request->type == NULL) abort();
  next_word(&rest, word);
  operation->response = name_of(word)->message;
  if (operation->response == NULL) abort();
}

static void read_line(const char *line) {
  char keyword[wordMax];
  char word[wordMax];
  const char *rest = line;
  next_word(&rest, keyword);
  if (strcmp(keyword, "enum") == 0) {
    read_enumeration(rest);
  } else if (strcmp(keyword, "type") == 0) {
    read_type(rest);
  } else if (strcmp(keyword, "message") == 0 || strcmp(keyword, "fields") == 0) {
    Type *type = read_type(rest);
    type->name->message = definition_new(type->name, type);
    if (strcmp(keyword, "fields") != 0) return;
    for (size_t index = 0; index < type->count; index++)
      type->elements[index].name->field = &type->elements[index];
  } else if (strcmp(keyword, "service") == 0) {
    next_word(&rest, word);
    services[serviceCount].uri = name_of(word)->text;
    services[serviceCount++].description = "emulated";
  } else if (strcmp(keyword, "operation") == 0) {
    read_operation(&services[serviceCount - 1], rest);
  } else {
    Service *service = &services[serviceCount - 1];
    next_word(&rest, word);
    service->events[service->eventCount++] = name_of(word)->message;
  }
}

static void read_schema(void) {
  for (size_t index = 0; index < simpleCount; index++) {
    if (simple[index].datatype >= TYPE_ENUMERATION) continue;
    type_add(simple[index].word, simple[index].datatype);
  }
  for (const char *const *line = schemaText; *line != NULL; line++) read_line(*line);
}

void schema_ready(void) { pthread_once(&schemaOnce, read_schema); }

Service *service_of(const char *uri) {
  schema_ready();
  for (size_t index = 0; index < serviceCount; index++)
    if (strcmp(services[index].uri, uri) == 0) return &services[index];
  return NULL;
}

Definition *message_definition(const char *name) {
  schema_ready();
  Definition *definition = name_of(name)->message;
  if (definition == NULL) abort();
  return definition;
}

Type *simple_type(int datatype) {
  for (size_t index = 0; index < typeCount; index++)
    if (types[index].datatype == datatype && types[index].count == 0) return &types[index];
  abort();
}

/* The definition of a field; a new name gets one of the given type. NULL when the name has another type. */
Definition *field_definition(const char *name, int datatype) {
  schema_ready();
  Name *interned = name_of(name);
  pthread_mutex_lock(&fieldsLock);
  if (interned->field == NULL) interned->field = definition_new(interned, simple_type(datatype));
  Definition *definition = interned->field;
  pthread_mutex_unlock(&fieldsLock);
  return definition != NULL && definition->type->datatype == datatype ? definition : NULL;
}

Definition *field_known(const Name *name) {
  pthread_mutex_lock(&fieldsLock);
  Definition *definition = name->field;
  pthread_mutex_unlock(&fieldsLock);
  return definition;
}

Definition *definition_in(const Type *type, const Name *name) {
  for (size_t index = 0; index < type->count; index++)
    if (type->elements[index].name == name) return &type->elements[index];
  return NULL;
}
