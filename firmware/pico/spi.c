#include "spi.h"

#include "facts.h"
#include "pins.h"
#include "rp2040.h"

#define CR0_8_BITS 7u
#define CR0_POLARITY (1u << 6)
#define CR0_PHASE (1u << 7)
#define CR1_ON 2u
#define DMA_RX_AND_TX 3u
#define FIFO_BYTES 8u

enum { CHANNEL_TX = 0, CHANNEL_RX = 1 };

/* Smallest even divisor that stays at or below the sensor's largest clock: 8.93 MHz of 10, 4.81 of 5. */
#define DIVISOR (((BOARD_SYSTEM_HZ + SENSOR_SPI_LARGEST_HZ - 1u) / SENSOR_SPI_LARGEST_HZ + 1u) & ~1u)

static uint8_t sent; /* what a read by DMA sends all the time */

void spi_begin(void) {
  pin_function(BOARD_SPI_RX, IO_SPI);
  pin_function(BOARD_SPI_SCK, IO_SPI);
  pin_function(BOARD_SPI_TX, IO_SPI);
  pin_output(BOARD_SPI_CS, 1);
  REG(SPI_CPSR) = DIVISOR;
  uint32_t control = CR0_8_BITS;
  if (SENSOR_SPI_MODE & 2u) control |= CR0_POLARITY;
  if (SENSOR_SPI_MODE & 1u) control |= CR0_PHASE;
  REG(SPI_CR0) = control;
  REG(SPI_DMACR) = DMA_RX_AND_TX;
  REG(SPI_CR1) = CR1_ON;
  REG(DMA_INTE0) = 1u << CHANNEL_RX;
}

void spi_transfer(const uint8_t *out, uint8_t *in, uint32_t length) {
  uint32_t gone = 0;
  pin_clear(BOARD_SPI_CS);
  for (uint32_t come = 0; come < length;) {
    while (gone < length && gone - come < FIFO_BYTES && (REG(SPI_SR) & SPI_SR_TX_NOT_FULL)) {
      REG(SPI_DR) = out ? out[gone] : 0u;
      gone++;
    }
    if (REG(SPI_SR) & SPI_SR_RX_NOT_EMPTY) {
      const uint8_t byte = (uint8_t)REG(SPI_DR);
      if (in) in[come] = byte;
      come++;
    }
  }
  pin_set(BOARD_SPI_CS);
}

void spi_begin_read(uint8_t command, uint8_t *in, uint32_t length) {
  sent = command;
  pin_clear(BOARD_SPI_CS);
  REG(DMA_READ(CHANNEL_RX)) = SPI_DR;
  REG(DMA_WRITE(CHANNEL_RX)) = (uint32_t)(uintptr_t)in;
  REG(DMA_COUNT(CHANNEL_RX)) = length;
  REG(DMA_START(CHANNEL_RX)) = DMA_ON | DMA_INCREMENT_WRITE | DMA_CHAIN(CHANNEL_RX) | DMA_REQUEST(DREQ_SPI0_RX);
  REG(DMA_READ(CHANNEL_TX)) = (uint32_t)(uintptr_t)&sent;
  REG(DMA_WRITE(CHANNEL_TX)) = SPI_DR;
  REG(DMA_COUNT(CHANNEL_TX)) = length;
  REG(DMA_START(CHANNEL_TX)) = DMA_ON | DMA_CHAIN(CHANNEL_TX) | DMA_REQUEST(DREQ_SPI0_TX);
}

void spi_end_read(void) {
  REG(DMA_INTS0) = 1u << CHANNEL_RX;
  pin_set(BOARD_SPI_CS);
}

void spi_abort_read(void) {
  REG(DMA_ABORT) = 1u << CHANNEL_TX | 1u << CHANNEL_RX;
  spi_end_read();
  while (REG(SPI_SR) & SPI_SR_RX_NOT_EMPTY) (void)REG(SPI_DR);
}
