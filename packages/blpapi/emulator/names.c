/*
 * Names: interned for the life of the process, so that the same text is the same pointer everywhere and
 * callers may keep a dictionary from pointer to text.
 */
#include "emulator.h"

#include <stdlib.h>
#include <string.h>

static const size_t firstBuckets = 4096;
static Name **buckets;
static size_t bucketCount;
static size_t nameCount;
static pthread_rwlock_t namesLock = PTHREAD_RWLOCK_INITIALIZER;

static uint32_t hash_of(const char *text, size_t length) {
  uint32_t hash = 2166136261u;
  for (size_t index = 0; index < length; index++) hash = (hash ^ (unsigned char)text[index]) * 16777619u;
  return hash;
}

static Name *find(const char *text, size_t length, uint32_t hash) {
  if (bucketCount == 0) return NULL;
  for (Name *name = buckets[hash & (bucketCount - 1)]; name != NULL; name = name->next)
    if (name->hash == hash && name->length == length && memcmp(name->text, text, length) == 0) return name;
  return NULL;
}

static void grow(void) {
  size_t wider = bucketCount == 0 ? firstBuckets : bucketCount * 2;
  Name **fresh = zeroed(wider * sizeof *fresh);
  for (size_t index = 0; index < bucketCount; index++) {
    for (Name *name = buckets[index]; name != NULL;) {
      Name *next = name->next;
      name->next = fresh[name->hash & (wider - 1)];
      fresh[name->hash & (wider - 1)] = name;
      name = next;
    }
  }
  free(buckets);
  buckets = fresh;
  bucketCount = wider;
}

Name *name_known(const char *text, size_t length) {
  uint32_t hash = hash_of(text, length);
  pthread_rwlock_rdlock(&namesLock);
  Name *name = find(text, length, hash);
  pthread_rwlock_unlock(&namesLock);
  return name;
}

Name *name_of_length(const char *text, size_t length) {
  Name *known = name_known(text, length);
  if (known != NULL) return known;
  uint32_t hash = hash_of(text, length);
  pthread_rwlock_wrlock(&namesLock);
  Name *name = find(text, length, hash);
  if (name == NULL) {
    if (nameCount >= bucketCount) grow();
    name = zeroed(sizeof(Name) + length + 1);
    name->hash = hash;
    name->length = (uint32_t)length;
    memcpy(name->text, text, length);
    name->next = buckets[hash & (bucketCount - 1)];
    buckets[hash & (bucketCount - 1)] = name;
    nameCount++;
  }
  pthread_rwlock_unlock(&namesLock);
  return name;
}

Name *name_of(const char *text) { return name_of_length(text, strlen(text)); }

blpapi_Name_t *blpapi_Name_create(const char *nameString) {
  if (nameString == NULL) return NULL;
  schema_ready();
  return name_of(nameString);
}

void blpapi_Name_destroy(blpapi_Name_t *name) { (void)name; }

blpapi_Name_t *blpapi_Name_duplicate(const blpapi_Name_t *src) { return (Name *)src; }

blpapi_Name_t *blpapi_Name_findName(const char *nameString) {
  if (nameString == NULL) return NULL;
  schema_ready();
  return name_known(nameString, strlen(nameString));
}

const char *blpapi_Name_string(const blpapi_Name_t *name) { return name->text; }

size_t blpapi_Name_length(const blpapi_Name_t *name) { return name->length; }

int blpapi_Name_equalsStr(const blpapi_Name_t *name, const char *string) {
  return string != NULL && strcmp(name->text, string) == 0;
}
