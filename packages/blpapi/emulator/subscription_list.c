/*
 * Subscription lists: texts and correlation ids, nothing checked; `subscribe` checks.
 */
#include "subscription_list.h"

#include <stdlib.h>
#include <string.h>

enum { topicMax = 65536 };

blpapi_SubscriptionList_t *blpapi_SubscriptionList_create(void) { return zeroed(sizeof(SubscriptionList)); }

int blpapi_SubscriptionList_clear(blpapi_SubscriptionList_t *list) {
  for (size_t index = 0; index < list->count; index++) free(list->entries[index].topic);
  list->count = 0;
  return 0;
}

void blpapi_SubscriptionList_destroy(blpapi_SubscriptionList_t *list) {
  if (list == NULL) return;
  blpapi_SubscriptionList_clear(list);
  free(list->entries);
  free(list);
}

static void append(SubscriptionList *list, char *topic, CorrelationId cid) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    list->entries = realloc(list->entries, list->capacity * sizeof *list->entries);
    if (list->entries == NULL) abort();
  }
  list->entries[list->count].topic = topic;
  list->entries[list->count].cid = cid;
  list->count++;
}

/* Writes the pieces behind each other: an opening before the first, a comma or ampersand before others. */
static void add_pieces(char *text, const char *opening, const char *between, const char **pieces,
                       size_t count) {
  for (size_t index = 0; index < count; index++) {
    strcat(text, index == 0 ? opening : between);
    strcat(text, pieces[index]);
  }
}

int blpapi_SubscriptionList_add(blpapi_SubscriptionList_t *list, const char *subscriptionString,
                                const blpapi_CorrelationId_t *correlationId, const char **fields,
                                const char **options, size_t numfields, size_t numOptions) {
  if (subscriptionString == NULL) return fail(ERROR_ILLEGAL_ARG, "Null subscription string");
  size_t size = strlen(subscriptionString) + 16;
  for (size_t index = 0; index < numfields; index++) size += strlen(fields[index]) + 1;
  for (size_t index = 0; index < numOptions; index++) size += strlen(options[index]) + 1;
  if (size > topicMax) return fail(ERROR_ILLEGAL_ARG, "Subscription string is too long");
  char *text = zeroed(size);
  strcpy(text, subscriptionString);
  add_pieces(text, "?fields=", ",", fields, numfields);
  add_pieces(text, numfields > 0 ? "&" : "?", "&", options, numOptions);
  CorrelationId cid;
  memset(&cid, 0, sizeof cid);
  if (correlationId != NULL) cid = *correlationId;
  cid_settle(&cid);
  append(list, text, cid);
  return 0;
}

int blpapi_SubscriptionList_append(blpapi_SubscriptionList_t *dest, const blpapi_SubscriptionList_t *src) {
  size_t count = src->count;
  for (size_t index = 0; index < count; index++)
    append(dest, text_copy(src->entries[index].topic), src->entries[index].cid);
  return 0;
}

int blpapi_SubscriptionList_size(const blpapi_SubscriptionList_t *list) { return (int)list->count; }

int blpapi_SubscriptionList_correlationIdAt(const blpapi_SubscriptionList_t *list,
                                            blpapi_CorrelationId_t *result, size_t index) {
  if (index >= list->count) return fail(ERROR_INDEX_OUT_OF_RANGE, "Invalid SubscriptionList index");
  *result = list->entries[index].cid;
  return 0;
}

int blpapi_SubscriptionList_topicStringAt(blpapi_SubscriptionList_t *list, const char **result,
                                          size_t index) {
  if (index >= list->count) return fail(ERROR_INDEX_OUT_OF_RANGE, "Invalid SubscriptionList index");
  *result = list->entries[index].topic;
  return 0;
}
