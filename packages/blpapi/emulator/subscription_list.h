/* What `subscribe` sees of a subscription list: its topics with their correlation ids. */
#ifndef TIDEGATE_SUBSCRIPTION_LIST_H
#define TIDEGATE_SUBSCRIPTION_LIST_H

#include "emulator.h"

struct blpapi_SubscriptionList {
  struct {
    char *topic;
    CorrelationId cid;
  } *entries;
  size_t count;
  size_t capacity;
};

#endif
