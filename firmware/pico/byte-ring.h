/* Bytes between an interrupt and the main loop: one side writes, the other reads. No wrap of the counts is special. */
#ifndef SPINDLE_BYTE_RING_H
#define SPINDLE_BYTE_RING_H

#include <stdbool.h>
#include <stdint.h>

struct byte_ring {
  uint8_t *bytes;
  uint32_t size; /* a power of two */
  volatile uint32_t written, read;
};

uint32_t byte_ring_used(const struct byte_ring *ring);
uint32_t byte_ring_free(const struct byte_ring *ring);

/* All of them or none. */
bool byte_ring_write(struct byte_ring *ring, const uint8_t *from, uint32_t length);

/* At most `capacity`: how many. */
uint32_t byte_ring_read(struct byte_ring *ring, uint8_t *to, uint32_t capacity);

/* The reader's side throws away what is there. */
void byte_ring_clear(struct byte_ring *ring);

#endif
