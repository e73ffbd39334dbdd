/*
 * Opens the operator's BLPAPI library and looks up what the shim calls in it. A library is never closed: it
 * has threads of its own, and unloading code that a thread may return into is a crash.
 */
#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "shim.h"

enum { LIBRARIES_MAX = 16, PATH_BYTES_MAX = 4096 };

typedef struct {
  char path[PATH_BYTES_MAX];
  Library library;
} OpenedLibrary;

static OpenedLibrary opened[LIBRARIES_MAX];
static unsigned openedCount;
static pthread_mutex_t openedLock = PTHREAD_MUTEX_INITIALIZER;

static const char *look_up(Library *library, void *handle) {
  /* POSIX lets a data pointer become a function pointer; ISO C only through its bytes. */
  void *symbol;
#define LOOK_UP(result, name, parameters)                                                          \
  symbol = dlsym(handle, "blpapi_" #name);                                                         \
  memcpy(&library->name, &symbol, sizeof symbol);
#define REQUIRE(result, name, parameters)                                                          \
  LOOK_UP(result, name, parameters)                                                                \
  if (symbol == NULL) return "blpapi_" #name;
  REQUIRED_FUNCTIONS(REQUIRE)
  OPTIONAL_FUNCTIONS(LOOK_UP)
#undef REQUIRE
#undef LOOK_UP
  library->handle = handle;
  return NULL;
}

/* The shim's log callback is called by the library's threads until the process ends: it must stay, too. */
static void stay_loaded(void) {
  Dl_info self;
  if (dladdr((void *)&openedCount, &self) != 0 && self.dli_fname != NULL)
    (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

static int open_locked(const char *path, Library **library, char *text, uint32_t textSize) {
  for (unsigned index = 0; index < openedCount; index++) {
    if (strcmp(opened[index].path, path) != 0) continue;
    *library = &opened[index].library;
    return TGB_OPENED;
  }
  if (openedCount == LIBRARIES_MAX || strlen(path) >= PATH_BYTES_MAX) {
    snprintf(text, textSize, "at most %d libraries, paths below %d bytes", LIBRARIES_MAX, PATH_BYTES_MAX);
    return TGB_TOO_MANY_LIBRARIES;
  }
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == NULL) {
    const char *reason = dlerror();
    snprintf(text, textSize, "%s", reason == NULL ? "unknown reason" : reason);
    return TGB_LOAD_FAILED;
  }
  OpenedLibrary *slot = &opened[openedCount];
  const char *missing = look_up(&slot->library, handle);
  if (missing != NULL) {
    snprintf(text, textSize, "%s", missing);
    return TGB_SYMBOL_MISSING;
  }
  if (openedCount == 0) stay_loaded();
  snprintf(slot->path, sizeof slot->path, "%s", path);
  openedCount++;
  *library = &slot->library;
  return TGB_OPENED;
}

int library_open(const char *path, Library **library, char *text, uint32_t textSize) {
  if (textSize > 0) text[0] = '\0';
  pthread_mutex_lock(&openedLock);
  int result = open_locked(path, library, text, textSize);
  pthread_mutex_unlock(&openedLock);
  return result;
}
