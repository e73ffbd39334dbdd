/*
 * Correlation ids: when two are the same, and what becomes of one that the caller left unset.
 * Ids that hold a pointer are copied as they are; their manager function is not called.
 */
#include "emulator.h"

bool cid_equal(const CorrelationId *left, const CorrelationId *right) {
  return left->valueType == right->valueType && left->classId == right->classId &&
         left->value.intValue == right->value.intValue;
}

static atomic_uint_fast64_t lastAutomatic;

void cid_settle(CorrelationId *cid) {
  if (cid->valueType != CORRELATION_UNSET) return;
  cid->size = sizeof *cid;
  cid->valueType = CORRELATION_AUTOGEN;
  cid->classId = 0;
  cid->value.intValue = atomic_fetch_add(&lastAutomatic, 1) + 1;
}
