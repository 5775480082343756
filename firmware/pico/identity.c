#include "identity.h"

#include "clock.h"
#include "rp2040.h"

/* The jitter of neighbouring bits is alike: many more are mixed than are kept. */
enum { RANDOM_BITS = 1024 };

/* SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
static uint64_t mixed(uint64_t state) {
  state += 0x9e3779b97f4a7c15u;
  state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
  state = (state ^ state >> 27) * 0x94d049bb133111ebu;
  return state ^ state >> 31;
}

void identity_of_boot(const uint8_t board_id[8], uint32_t runs, uint8_t id[8]) {
  uint64_t state = runs;
  for (uint32_t i = 0; i < 8; i++) state = mixed(state ^ board_id[i]);
  for (uint32_t i = 0; i < RANDOM_BITS; i++) {
    state = state << 1 | state >> 63;
    state ^= REG(ROSC_RANDOM_BIT) & 1u;
    if (i % 64u == 63u) state = mixed(state ^ clock_us());
  }
  for (uint32_t i = 0; i < 8; i++) id[i] = (uint8_t)(state >> (8u * i));
}
