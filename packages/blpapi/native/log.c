/*
 * Without a logging callback the library prints to the standard output. Ours is called by any of its threads
 * and must never wait for a reader: it puts the line into a bounded ring, or counts it as lost. A slot's turn
 * number says whose it is: a writer's when equal to the ticket, a reader's when one more.
 */
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 256, CATEGORY_BYTES = 96, TEXT_BYTES = 928 };

typedef struct {
  atomic_uint turn;
  int severity;
  uint32_t lost;
  char category[CATEGORY_BYTES];
  char text[TEXT_BYTES];
} Slot;

static Slot slots[SLOTS];
static atomic_uint writeTicket, readTicket, lostLines, isReady;

/* Claims the ticket whose slot has the wanted turn; null when the ring is full (or empty). */
static Slot *claim(atomic_uint *tickets, unsigned turnAhead, unsigned *claimed) {
  unsigned ticket = atomic_load(tickets);
  for (;;) {
    Slot *slot = &slots[ticket % SLOTS];
    int difference = (int)(atomic_load_explicit(&slot->turn, memory_order_acquire) - (ticket + turnAhead));
    if (difference < 0) return NULL;
    if (difference > 0) ticket = atomic_load(tickets);
    else if (atomic_compare_exchange_weak(tickets, &ticket, ticket + 1)) {
      *claimed = ticket;
      return slot;
    }
  }
}

static void on_line(uint64_t thread, int severity, Datetime at, const char *category, const char *text) {
  (void)thread;
  (void)at;
  unsigned ticket;
  Slot *slot = claim(&writeTicket, 0, &ticket);
  if (slot == NULL) {
    atomic_fetch_add(&lostLines, 1);
    return;
  }
  slot->severity = severity;
  slot->lost = atomic_exchange(&lostLines, 0);
  snprintf(slot->category, sizeof slot->category, "%s", category == NULL ? "" : category);
  snprintf(slot->text, sizeof slot->text, "%s", text == NULL ? "" : text);
  atomic_store_explicit(&slot->turn, ticket + 1, memory_order_release);
}

int log_start(const Library *library, int severity) {
  unsigned fresh = 0;
  if (atomic_compare_exchange_strong(&isReady, &fresh, 1)) {
    for (unsigned index = 0; index < SLOTS; index++) atomic_store(&slots[index].turn, index);
    atomic_store(&isReady, 2);
  }
  while (atomic_load(&isReady) != 2) {
  }
  return library->Logging_registerCallback(on_line, severity);
}

void log_drain(Buffer *buffer) {
  if (atomic_load(&isReady) != 2) return;
  while (buffer->tail - buffer->head >= sizeof(Slot)) {
    unsigned ticket;
    Slot *slot = claim(&readTicket, 1, &ticket);
    if (slot == NULL) return;
    buffer_u8(buffer, RECORD_LOG);
    buffer_u8(buffer, (uint8_t)slot->severity);
    buffer_u32(buffer, slot->lost);
    buffer_bytes(buffer, slot->category, (uint32_t)strlen(slot->category));
    buffer_bytes(buffer, slot->text, (uint32_t)strlen(slot->text));
    atomic_store_explicit(&slot->turn, ticket + SLOTS, memory_order_release);
  }
}
