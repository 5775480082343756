#include "chunk-ring.h"

#define SLOTS (CHUNK_RING_BYTES / sizeof(struct chunk))

static struct chunk slots[SLOTS];
static volatile uint32_t written, read;
/* Where in `slots`; a division an interrupt saved. */
static uint32_t write_slot, read_slot;

struct chunk *chunk_ring_next(void) {
  return written - read < SLOTS ? &slots[write_slot] : 0;
}

void chunk_ring_commit(void) {
  write_slot = write_slot + 1u == SLOTS ? 0u : write_slot + 1u;
  written = written + 1u;
}

const struct chunk *chunk_ring_oldest(void) {
  return written != read ? &slots[read_slot] : 0;
}

void chunk_ring_release(void) {
  read_slot = read_slot + 1u == SLOTS ? 0u : read_slot + 1u;
  read = read + 1u;
}

uint32_t chunk_ring_waiting(void) {
  return written - read;
}
