/* Both rings against a plain queue, by random writes and reads until all counts have wrapped. Exit code 0, or 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte-ring.h"
#include "chunk-ring.h"

enum { SIZE = 64, ROUNDS = 200000 };

static uint32_t state = 0x12345678u;

static uint32_t random_below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

static void fail(const char *what, int round) {
  printf("round %d: %s\n", round, what);
  exit(1);
}

static void bytes(void) {
  static uint8_t storage[SIZE];
  struct byte_ring ring = {storage, SIZE, 0xfffffff0u, 0xfffffff0u}; /* soon past the largest count */
  uint8_t next_written = 0, next_read = 0;
  uint32_t used = 0;
  for (int round = 0; round < ROUNDS; round++) {
    uint8_t piece[SIZE + 8];
    const uint32_t length = random_below(sizeof piece);
    if (random_below(2)) {
      for (uint32_t i = 0; i < length; i++) piece[i] = (uint8_t)(next_written + i);
      const bool fits = length <= SIZE - used;
      if (byte_ring_write(&ring, piece, length) != fits) fail("a write that fits is refused, or one that does not is taken", round);
      if (fits) {
        used += length;
        next_written = (uint8_t)(next_written + length);
      }
    } else {
      const uint32_t got = byte_ring_read(&ring, piece, length);
      if (got != (length < used ? length : used)) fail("another number of bytes is read", round);
      for (uint32_t i = 0; i < got; i++)
        if (piece[i] != (uint8_t)(next_read + i)) fail("another byte is read", round);
      next_read = (uint8_t)(next_read + got);
      used -= got;
    }
    if (byte_ring_used(&ring) != used || byte_ring_free(&ring) != SIZE - used) fail("the count is wrong", round);
  }
  byte_ring_clear(&ring);
  if (byte_ring_used(&ring) != 0) fail("it is not empty when it was cleared", ROUNDS);
}

static void chunks(void) {
  const uint32_t slots = CHUNK_RING_BYTES / sizeof(struct chunk);
  uint32_t used = 0, next_written = 0, next_read = 0;
  for (int round = 0; round < ROUNDS; round++) {
    if (random_below(2)) {
      struct chunk *chunk = chunk_ring_next();
      if ((chunk != 0) != (used < slots)) fail("there is room where none should be, or none where it should", round);
      if (!chunk) continue;
      memset(chunk, (int)(next_written & 0xffu), sizeof *chunk);
      chunk->dropped = next_written++;
      chunk_ring_commit();
      used++;
    } else {
      const struct chunk *chunk = chunk_ring_oldest();
      if ((chunk != 0) != (used > 0)) fail("a chunk where none should be, or none where it should", round);
      if (!chunk) continue;
      if (chunk->dropped != next_read || chunk->bytes[0] != (next_read & 0xffu)) fail("another chunk is read", round);
      next_read++;
      chunk_ring_release();
      used--;
    }
    if (chunk_ring_waiting() != used) fail("the count is wrong", round);
  }
}

int main(void) {
  bytes();
  chunks();
  return 0;
}
