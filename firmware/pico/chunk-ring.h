/* Chunks of scans between the sampler's interrupts, which fill them, and the main loop, which empties them. */
#ifndef SPINDLE_CHUNK_RING_H
#define SPINDLE_CHUNK_RING_H

#include <stdint.h>

#include "facts.h"

#ifndef CHUNK_RING_BYTES
#define CHUNK_RING_BYTES 12288u
#endif

/* Bits as core-wasm/node.ts takes them. */
#define CHUNK_ANCHOR 1u
#define CHUNK_OVERRAN 2u

/* A FIFO that is deeper is read in several chunks; the module takes 640 bytes of scans. */
#define CHUNK_SCANS (SENSOR_DEPTH_SCANS < 64u ? SENSOR_DEPTH_SCANS : 64u)

struct chunk {
  uint64_t us;      /* of the last scan, with CHUNK_ANCHOR */
  uint32_t dropped; /* scans without room since boot, all before this chunk */
  uint16_t scans;
  uint8_t bits;
  /* as they came from the part; before them a place for what a bus reads while it sends the command */
  uint8_t command;
  uint8_t bytes[(CHUNK_SCANS * SENSOR_ENTRY_BYTES + 7u) & ~7u];
};

/* Writer: where the next chunk goes, null if there is no room; it is there after chunk_ring_commit. */
struct chunk *chunk_ring_next(void);
void chunk_ring_commit(void);

/* Reader: the oldest chunk, null if there is none; its room is free after chunk_ring_release. */
const struct chunk *chunk_ring_oldest(void);
void chunk_ring_release(void);
uint32_t chunk_ring_waiting(void);

#endif
