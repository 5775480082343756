/* The sensor's bus. Transfers belong to one caller at a time: the sampler's interrupts, or main while they are off. */
#ifndef SPINDLE_SPI_H
#define SPINDLE_SPI_H

#include <stdint.h>

void spi_begin(void);

/* Chip-select low, `length` bytes out of `out` and into `in` (either may be null), chip-select high. */
void spi_transfer(const uint8_t *out, uint8_t *in, uint32_t length);

/*
 * Chip-select low and `length` bytes into `in` by DMA, the first of them while `command` goes out and the rest while it
 * is repeated. spi_end_read() raises chip-select; the DMA interrupt says when.
 */
void spi_begin_read(uint8_t command, uint8_t *in, uint32_t length);
void spi_end_read(void);
/* Gives up what never ended. */
void spi_abort_read(void);

/* Chip-select stays high for at least these cycles of the processor before the next transfer. */
static inline void spi_pause(uint32_t cycles) {
  uint32_t rounds = cycles / 3u + 1u; /* subtract and branch */
  __asm volatile(
      "1: subs %0, #1\n"
      "bne 1b"
      : "+l"(rounds)::"cc");
}

#endif
