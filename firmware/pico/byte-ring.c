#include "byte-ring.h"

uint32_t byte_ring_used(const struct byte_ring *ring) {
  return ring->written - ring->read;
}

uint32_t byte_ring_free(const struct byte_ring *ring) {
  return ring->size - byte_ring_used(ring);
}

bool byte_ring_write(struct byte_ring *ring, const uint8_t *from, uint32_t length) {
  if (length > byte_ring_free(ring)) return false;
  const uint32_t mask = ring->size - 1u;
  const uint32_t at = ring->written;
  for (uint32_t i = 0; i < length; i++) ring->bytes[(at + i) & mask] = from[i];
  ring->written = at + length; /* after the bytes: the reader may be an interrupt */
  return true;
}

uint32_t byte_ring_read(struct byte_ring *ring, uint8_t *to, uint32_t capacity) {
  const uint32_t used = byte_ring_used(ring);
  const uint32_t length = used < capacity ? used : capacity;
  const uint32_t mask = ring->size - 1u;
  const uint32_t at = ring->read;
  for (uint32_t i = 0; i < length; i++) to[i] = ring->bytes[(at + i) & mask];
  ring->read = at + length;
  return length;
}

void byte_ring_clear(struct byte_ring *ring) {
  ring->read = ring->written;
}
