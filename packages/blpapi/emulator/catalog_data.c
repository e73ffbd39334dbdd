/*
 * //blp/instruments and //blp/apiflds: looking for securities and for fields.
 */
#include "reference_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool contains(const char *text, const char *part) {
  size_t length = strlen(part);
  for (; *text != '\0'; text++)
    if (strncasecmp(text, part, length) == 0) return true;
  return length == 0;
}

/* "IBM US Equity" reads "IBM US<equity>" in search results. */
static void search_text(const char *name, char *out, size_t size) {
  const char *sector = strrchr(name, ' ');
  int length = sector == NULL ? (int)strlen(name) : (int)(sector - name);
  size_t used = (size_t)snprintf(out, size, "%.*s<", length, name);
  for (const char *from = sector == NULL ? "" : sector + 1; *from != '\0' && used + 2 < size; from++)
    out[used++] = (char)tolower((unsigned char)*from);
  out[used++] = '>';
  out[used] = '\0';
}

static bool passes(const char *name, const char *filter) {
  static const char *const sectors[][2] = {{"YK_FILTER_CMDT", "Comdty"}, {"YK_FILTER_EQTY", "Equity"},
                                           {"YK_FILTER_GOVT", "Govt"},   {"YK_FILTER_CORP", "Corp"},
                                           {"YK_FILTER_INDX", "Index"},  {"YK_FILTER_CURR", "Curncy"}};
  if (filter == NULL || strcmp(filter, "YK_FILTER_NONE") == 0) return true;
  const char *sector = strrchr(name, ' ');
  for (size_t index = 0; sector != NULL && index < sizeof sectors / sizeof *sectors; index++)
    if (strcmp(sectors[index][0], filter) == 0) return strcmp(sectors[index][1], sector + 1) == 0;
  return false;
}

void answer_instruments(Reply *reply) {
  char text[160];
  const Element *root = &reply->request->root;
  bool hasFilter = definition_in(root->definition->type, name_of("yellowKeyFilter")) != NULL;
  const char *query = child_text(root, "query");
  const char *filter = hasFilter ? child_text(root, "yellowKeyFilter") : NULL;
  int64_t most = child_integer(root, "maxResults", 10);
  Element *results = put(&reply_part(reply, true, 0)->root, "results");
  const Scenario *scenario = reply->session->scenario;
  for (size_t index = 0; index < scenario->securityCount && results->many.count < most; index++) {
    const char *name = scenario->securities[index]->name;
    if (!contains(name, query == NULL ? "" : query) || !passes(name, filter)) continue;
    Element *item = element_item(results);
    search_text(name, text, sizeof text);
    put_text(item, "security", text);
    snprintf(text, sizeof text, "%s (emulated)", name);
    put_text(item, "description", text);
  }
}

static void put_field(const Reply *reply, Element *record, const ReferenceField *field) {
  static const char *const types[] = {"", "Bool", "", "", "Int32", "Int64", "", "Double", "String", "",
                                      "Date", "Time", "", "Datetime", "", "BulkFormat"};
  put_text(record, "id", field->id);
  Element *info = put(record, "fieldInfo");
  put_text(info, "mnemonic", field->mnemonic);
  put_text(info, "description", field->description);
  put_text(info, "datatype", types[field->datatype]);
  append_text(put(info, "categoryName"), field->category);
  put(info, "property");
  put(info, "overrides");
  put_text(info, "ftype", field->datatype == TYPE_SEQUENCE ? "BulkFormat" : "Price");
  if (child_integer(&reply->request->root, "returnFieldDocumentation", 0) != 0)
    put_text(info, "documentation", field->description);
}

static void put_unknown(Element *record, const char *id) {
  put_text(record, "id", id);
  put_error(record, "fieldError", "BAD_FLD", 9, "Unknown field", "INVALID_FIELD");
}

static bool matches(const ReferenceField *field, const char *wanted) {
  return contains(field->mnemonic, wanted) || contains(field->description, wanted);
}

void answer_fields(Reply *reply) {
  const char *operation = reply->request->operation->name->text;
  Element *list = put(&reply_part(reply, true, 0)->root, "fieldData");
  if (strcmp(operation, "FieldInfoRequest") == 0) {
    const Element *ids = element_child(&reply->request->root, name_of("id"));
    for (uint32_t index = 0; index < ids->many.count; index++) {
      const char *id = simple_items(ids)[index].text;
      const ReferenceField *field = reference_field(id);
      if (field == NULL)
        put_unknown(element_item(list), id);
      else
        put_field(reply, element_item(list), field);
    }
    return;
  }
  bool isSearch = strcmp(operation, "FieldSearchRequest") == 0;
  const char *wanted = isSearch ? child_text(&reply->request->root, "searchSpec") : "";
  for (size_t index = 0; index < referenceFieldCount; index++) {
    const ReferenceField *field = &referenceFields[index];
    if (matches(field, wanted)) put_field(reply, element_item(list), field);
  }
}

void answer_categories(Reply *reply) {
  const char *wanted = child_text(&reply->request->root, "searchSpec");
  Element *list = put(&reply_part(reply, true, 0)->root, "category");
  for (size_t index = 0; index < referenceFieldCount; index++) {
    const ReferenceField *field = &referenceFields[index];
    if (!matches(field, wanted)) continue;
    Element *category = NULL;
    for (uint32_t made = 0; made < list->many.count && category == NULL; made++)
      if (strcmp(child_text(complex_items(list)[made], "categoryName"), field->category) == 0)
        category = complex_items(list)[made];
    if (category == NULL) {
      category = element_item(list);
      put_text(category, "categoryName", field->category);
      put_integer(category, "numFields", 0);
      put_text(category, "description", field->category);
      put_integer(category, "isLeafNode", 1);
    }
    put_field(reply, element_item(put(category, "fieldData")), field);
    put_integer(category, "numFields", put(category, "fieldData")->many.count);
  }
}
