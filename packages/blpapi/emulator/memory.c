/*
 * Memory of events and requests: taken piece by piece from chunks, given back all at once. Running out of
 * memory ends the process: a library that simulates a market has no better answer.
 */
#include "emulator.h"

#include <stdlib.h>
#include <string.h>

static atomic_long aliveCounts[ALIVE_KINDS];

void alive(int kind, long change) {
  atomic_fetch_add_explicit(&aliveCounts[kind], change, memory_order_relaxed);
}

long tidegate_emulator_alive(int kind) {
  if (kind < 0 || kind >= ALIVE_KINDS) return -1;
  return atomic_load_explicit(&aliveCounts[kind], memory_order_relaxed);
}

void *zeroed(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) abort();
  return memory;
}

char *text_copy(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = zeroed(size);
  memcpy(copy, text, size);
  return copy;
}

static const size_t chunkSize = 1024;

void *arena_take(Arena *arena, size_t size) {
  size = (size + 15) & ~(size_t)15;
  Chunk *chunk = arena->first;
  if (chunk == NULL || chunk->size - chunk->used < size) {
    size_t previous = chunk == NULL ? chunkSize / 2 : chunk->size;
    size_t room = previous < 65536 ? previous * 2 : previous;
    if (room < size) room = size;
    chunk = malloc(sizeof(Chunk) + 8 + room);
    if (chunk == NULL) abort();
    chunk->next = arena->first;
    chunk->size = room;
    chunk->used = 0;
    arena->first = chunk;
  }
  void *taken = (char *)chunk + sizeof(Chunk) + 8 + chunk->used;
  chunk->used += size;
  return taken;
}

char *arena_text(Arena *arena, const char *text, size_t length) {
  char *copy = arena_take(arena, length + 1);
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

void arena_free(Arena *arena) {
  for (Chunk *chunk = arena->first; chunk != NULL;) {
    Chunk *next = chunk->next;
    free(chunk);
    chunk = next;
  }
  arena->first = NULL;
}
