/*
 * What callers may ask of services, operations and schema definitions.
 */
#include "emulator.h"

#include <string.h>

/* The name a caller gave as text or as handle; NULL when no such name was ever made. */
static const Name *given(const char *text, const Name *name) {
  if (name != NULL) return name;
  return text == NULL ? NULL : name_known(text, strlen(text));
}

int blpapi_Service_addRef(blpapi_Service_t *service) {
  (void)service; /* services live as long as the library */
  return 0;
}

void blpapi_Service_release(blpapi_Service_t *service) { (void)service; }

const char *blpapi_Service_name(blpapi_Service_t *service) { return service->uri; }

const char *blpapi_Service_description(blpapi_Service_t *service) { return service->description; }

int blpapi_Service_numOperations(blpapi_Service_t *service) { return (int)service->operationCount; }

int blpapi_Service_getOperationAt(blpapi_Service_t *service, blpapi_Operation_t **operation, size_t index) {
  if (index >= service->operationCount)
    return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", index);
  *operation = &service->operations[index];
  return 0;
}

int blpapi_Service_getOperation(blpapi_Service_t *service, blpapi_Operation_t **operation,
                                const char *nameString, const blpapi_Name_t *name) {
  const Name *wanted = given(nameString, name);
  for (size_t index = 0; wanted != NULL && index < service->operationCount; index++) {
    if (service->operations[index].name != wanted) continue;
    *operation = &service->operations[index];
    return 0;
  }
  return fail(ERROR_ITEM_NOT_FOUND, "Operation '%s' not found in service '%s'.",
              name != NULL ? name->text : nameString != NULL ? nameString : "", service->uri);
}

int blpapi_Service_numEventDefinitions(blpapi_Service_t *service) { return (int)service->eventCount; }

int blpapi_Service_getEventDefinitionAt(blpapi_Service_t *service, blpapi_SchemaElementDefinition_t **result,
                                        size_t index) {
  if (index >= service->eventCount)
    return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", index);
  *result = service->events[index];
  return 0;
}

int blpapi_Service_getEventDefinition(blpapi_Service_t *service, blpapi_SchemaElementDefinition_t **result,
                                      const char *nameString, const blpapi_Name_t *name) {
  const Name *wanted = given(nameString, name);
  for (size_t index = 0; wanted != NULL && index < service->eventCount; index++) {
    if (service->events[index]->name != wanted) continue;
    *result = service->events[index];
    return 0;
  }
  return fail(ERROR_ITEM_NOT_FOUND, "Event '%s' not found in service '%s'.",
              name != NULL ? name->text : nameString != NULL ? nameString : "", service->uri);
}

const char *blpapi_Operation_name(blpapi_Operation_t *operation) { return operation->name->text; }

const char *blpapi_Operation_description(blpapi_Operation_t *operation) {
  (void)operation;
  return "emulated";
}

int blpapi_Operation_requestDefinition(blpapi_Operation_t *operation,
                                       blpapi_SchemaElementDefinition_t **requestDefinition) {
  *requestDefinition = operation->request;
  return 0;
}

int blpapi_Operation_numResponseDefinitions(blpapi_Operation_t *operation) {
  (void)operation;
  return 1;
}

int blpapi_Operation_responseDefinition(blpapi_Operation_t *operation,
                                        blpapi_SchemaElementDefinition_t **definition, size_t index) {
  if (index > 0) return fail(ERROR_INDEX_OUT_OF_RANGE, "Index '%zu' out of bounds.", index);
  *definition = operation->response;
  return 0;
}

blpapi_Name_t *blpapi_SchemaElementDefinition_name(const blpapi_SchemaElementDefinition_t *field) {
  return field->name;
}

const char *blpapi_SchemaElementDefinition_description(const blpapi_SchemaElementDefinition_t *field) {
  (void)field;
  return "";
}

int blpapi_SchemaElementDefinition_status(const blpapi_SchemaElementDefinition_t *field) {
  (void)field;
  return 0; /* active */
}

blpapi_SchemaTypeDefinition_t *blpapi_SchemaElementDefinition_type(
    const blpapi_SchemaElementDefinition_t *field) {
  return field->type;
}

size_t blpapi_SchemaElementDefinition_numAlternateNames(const blpapi_SchemaElementDefinition_t *field) {
  (void)field;
  return 0;
}

size_t blpapi_SchemaElementDefinition_minValues(const blpapi_SchemaElementDefinition_t *field) {
  return field->min;
}

size_t blpapi_SchemaElementDefinition_maxValues(const blpapi_SchemaElementDefinition_t *field) {
  return field->max;
}

blpapi_Name_t *blpapi_SchemaTypeDefinition_name(const blpapi_SchemaTypeDefinition_t *type) {
  return type->name;
}

const char *blpapi_SchemaTypeDefinition_description(const blpapi_SchemaTypeDefinition_t *type) {
  (void)type;
  return "";
}

int blpapi_SchemaTypeDefinition_status(const blpapi_SchemaTypeDefinition_t *type) {
  (void)type;
  return 0;
}

int blpapi_SchemaTypeDefinition_datatype(const blpapi_SchemaTypeDefinition_t *type) { return type->datatype; }

int blpapi_SchemaTypeDefinition_isComplexType(const blpapi_SchemaTypeDefinition_t *type) {
  return type->datatype == TYPE_SEQUENCE || type->datatype == TYPE_CHOICE;
}

int blpapi_SchemaTypeDefinition_isSimpleType(const blpapi_SchemaTypeDefinition_t *type) {
  return !blpapi_SchemaTypeDefinition_isComplexType(type);
}

int blpapi_SchemaTypeDefinition_isEnumerationType(const blpapi_SchemaTypeDefinition_t *type) {
  return type->datatype == TYPE_ENUMERATION;
}

size_t blpapi_SchemaTypeDefinition_numElementDefinitions(const blpapi_SchemaTypeDefinition_t *type) {
  return type->count;
}

blpapi_SchemaElementDefinition_t *blpapi_SchemaTypeDefinition_getElementDefinition(
    const blpapi_SchemaTypeDefinition_t *type, const char *nameString, const blpapi_Name_t *name) {
  const Name *wanted = given(nameString, name);
  return wanted == NULL ? NULL : definition_in(type, wanted);
}

blpapi_SchemaElementDefinition_t *blpapi_SchemaTypeDefinition_getElementDefinitionAt(
    const blpapi_SchemaTypeDefinition_t *type, size_t index) {
  return index < type->count ? &type->elements[index] : NULL;
}

blpapi_ConstantList_t *blpapi_SchemaTypeDefinition_enumeration(const blpapi_SchemaTypeDefinition_t *type) {
  return type->constants;
}

blpapi_Name_t *blpapi_ConstantList_name(const blpapi_ConstantList_t *list) { return list->name; }

int blpapi_ConstantList_numConstants(const blpapi_ConstantList_t *list) { return (int)list->count; }

int blpapi_ConstantList_datatype(const blpapi_ConstantList_t *list) {
  (void)list;
  return TYPE_STRING;
}

blpapi_Constant_t *blpapi_ConstantList_getConstantAt(const blpapi_ConstantList_t *list, size_t index) {
  return index < list->count ? &list->constants[index] : NULL;
}

blpapi_Constant_t *blpapi_ConstantList_getConstant(const blpapi_ConstantList_t *list, const char *nameString,
                                                   const blpapi_Name_t *name) {
  const Name *wanted = given(nameString, name);
  for (size_t index = 0; wanted != NULL && index < list->count; index++)
    if (list->constants[index].name == wanted) return &list->constants[index];
  return NULL;
}

blpapi_Name_t *blpapi_Constant_name(const blpapi_Constant_t *constant) { return constant->name; }

const char *blpapi_Constant_description(const blpapi_Constant_t *constant) {
  (void)constant;
  return "";
}

int blpapi_Constant_datatype(const blpapi_Constant_t *constant) {
  (void)constant;
  return TYPE_STRING;
}

int blpapi_Constant_getValueAsString(const blpapi_Constant_t *constant, const char **buffer) {
  *buffer = constant->name->text;
  return 0;
}
