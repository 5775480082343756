#include "sampler.h"

#include "chunk-ring.h"
#include "clock.h"
#include "pins.h"
#include "rp2040.h"
#include "sensor.h"
#include "spi.h"

/* A look at the FIFO without an edge costs 10 us. */
#define LOOK_US 4000u
/* 449 bytes at 8.9 MHz take 0.4 ms. */
#define LONGEST_READ_US 20000u

#define SAMPLER_INTERRUPTS (1u << IRQ_IO_BANK0 | 1u << IRQ_DMA0)

static volatile uint32_t dropped;
static volatile uint64_t looked_us;
static volatile bool is_on, is_reading;
/* The FIFO overran or was thrown away: only a chunk whose moment is known can be numbered again. */
static bool must_anchor;

/* The chunk that is being read, or was; without room in the ring it goes nowhere. */
static struct chunk nowhere;
static struct chunk *chunk;
static bool has_room, is_read;

/*
 * A chunk counts once the part says that it lost nothing up to the end of the read: it may have while the processor was
 * away for long.
 */
static void finish(bool overran) {
  if (!is_read) return;
  is_read = false;
  if (overran) return;
  if (has_room) {
    chunk_ring_commit();
    must_anchor = false;
  } else if (!must_anchor) {
    dropped += chunk->scans; /* an overrun's are numbered by time */
  }
}

/* False: it goes on by DMA. */
static bool read_chunk(uint32_t scans, uint64_t us, bool is_anchor) {
  chunk = chunk_ring_next();
  has_room = chunk != 0;
  if (!has_room) chunk = &nowhere;
  chunk->us = us;
  chunk->dropped = dropped;
  chunk->scans = (uint16_t)scans;
  chunk->bits = (uint8_t)((is_anchor ? CHUNK_ANCHOR : 0u) | (must_anchor ? CHUNK_OVERRAN : 0u));
  is_reading = true;
  if (!sensor_read(chunk->bytes, scans)) return false;
  is_reading = false;
  is_read = true;
  return true;
}

static void throw_away(void) {
  sensor_flush();
  must_anchor = true;
}

static void look(bool is_edge) {
  const uint64_t now = clock_us();
  looked_us = now;
  for (;;) {
    const struct sensor_level level = sensor_level();
    finish(level.overran);
    if (level.overran) {
      throw_away();
      return;
    }
    if (level.scans < SENSOR_WATERMARK_SCANS) return;
    /* exactly the watermark: the last scan came with the edge, within the time of a scan */
    const bool is_anchor = is_edge && level.scans == SENSOR_WATERMARK_SCANS;
    is_edge = false;
    if (must_anchor && !is_anchor) {
      throw_away();
      return;
    }
    if (!read_chunk(level.scans < CHUNK_SCANS ? level.scans : CHUNK_SCANS, now, is_anchor)) return;
  }
}

void sampler_edge_interrupt(void) {
  REG(IO_INTR(BOARD_INTERRUPT)) = IO_EDGE_HIGH(BOARD_INTERRUPT);
  if (is_on && !is_reading) look(true); /* while it reads, the end of it looks again */
}

void sampler_dma_interrupt(void) {
  spi_end_read();
  if (!is_reading) return;
  is_reading = false;
  is_read = true;
  if (is_on) look(false);
}

void sampler_begin(void) {
  spi_begin();
  pin_input(BOARD_INTERRUPT);
}

void sampler_hold(void) {
  REG(NVIC_DISABLE) = SAMPLER_INTERRUPTS;
  __asm volatile("dsb\n\tisb" ::: "memory");
  const uint64_t begin = clock_us();
  while (is_reading) {
    if (REG(DMA_INTS0)) {
      sampler_dma_interrupt();
    } else if (clock_us() - begin > LONGEST_READ_US) {
      spi_abort_read();
      is_reading = is_read = false;
      must_anchor = true;
    }
  }
}

void sampler_go_on(void) {
  REG(NVIC_ENABLE) = SAMPLER_INTERRUPTS;
}

uint32_t sampler_start(void) {
  sampler_hold();
  const uint32_t answer = sensor_start();
  is_read = false;
  if (answer == SENSOR_OK) {
    must_anchor = false;
    is_on = true;
    looked_us = clock_us();
    REG(IO_INTR(BOARD_INTERRUPT)) = IO_EDGE_HIGH(BOARD_INTERRUPT);
    REG_SET(IO_INTE(BOARD_INTERRUPT)) = IO_EDGE_HIGH(BOARD_INTERRUPT);
    pin_set(BOARD_LED);
  }
  sampler_go_on();
  return answer;
}

void sampler_stop(void) {
  const bool was_on = is_on;
  is_on = false; /* first: the end of a transfer would look again */
  sampler_hold();
  REG_CLEAR(IO_INTE(BOARD_INTERRUPT)) = IO_EDGE_HIGH(BOARD_INTERRUPT);
  pin_clear(BOARD_LED);
  sensor_stop();
  if (was_on) {
    const uint64_t begin = clock_us();
    for (;;) {
      const struct sensor_level level = sensor_level();
      finish(level.overran);
      if (must_anchor || level.scans == 0 || level.overran || clock_us() - begin > LONGEST_READ_US) break;
      if (!read_chunk(level.scans < CHUNK_SCANS ? level.scans : CHUNK_SCANS, 0, false)) sampler_hold();
    }
  }
  sensor_flush();
}

void sampler_poll(void) {
  if (!is_on || clock_us() - looked_us < LOOK_US) return;
  sampler_hold();
  if (is_on && clock_us() - looked_us >= LOOK_US) look(false);
  sampler_go_on();
}

void sampler_realign(void) {
  sampler_hold();
  if (is_on) throw_away();
  sampler_go_on();
}

uint32_t sampler_dropped(void) {
  return dropped;
}
