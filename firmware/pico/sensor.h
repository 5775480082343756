/* What a driver of a part does. One of them is linked into an image; all of it but sensor_unpack is called with the sampler off or
 * from its interrupts, never both at a time. */
#ifndef SPINDLE_SENSOR_H
#define SPINDLE_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

/* An answer that says what is wrong (core-wasm/node/board.ts). */
#define SENSOR_OK 0u
#define SENSOR_FAULT(address, got, wanted) (1u << 30 | (uint32_t)(address) << 16 | (uint32_t)(got) << 8 | (uint32_t)(wanted))

struct sensor_level {
  uint32_t scans; /* whole ones in the FIFO */
  bool overran;   /* and older ones are gone */
};

/* Resets what can be reset and checks who it is. */
uint32_t sensor_probe(void);
/* Codes of the facts. The part stands still and its FIFO is empty afterwards. */
uint32_t sensor_configure(uint32_t rate_code, uint32_t range_code);
uint32_t sensor_start(void);
/* Stands still; what is in the FIFO stays there. */
void sensor_stop(void);
/* 0 off, 1 reference, 2 force. */
uint32_t sensor_self_test(uint32_t side);
/* Centi-kelvin; 0 = it has none. */
uint32_t sensor_temperature(void);

struct sensor_level sensor_level(void);
/*
 * Reads scans from the FIFO to `to`. `to[-1]` may be written as well. True when it is done; false when
 * sampler_dma_interrupt says when, and spi_end_read() ends it.
 */
bool sensor_read(uint8_t *to, uint32_t scans);
/* Empties the FIFO, whatever it holds, while the part goes on. */
void sensor_flush(void);
/* From what sensor_read read to scans as the module takes them; false if it is not what it should be. */
bool sensor_unpack(const uint8_t *from, uint32_t scans, uint8_t *to);

/* For drivers. */
uint8_t sensor_get(uint32_t address);
/* `length` of at most 15 registers from this one on. */
void sensor_get_many(uint32_t address, uint8_t *to, uint32_t length);
void sensor_put(uint32_t address, uint32_t value);
/* Writes and reads back: SENSOR_OK or SENSOR_FAULT. */
uint32_t sensor_put_checked(uint32_t address, uint32_t value);
/* Identity of the facts. */
uint32_t sensor_identify(void);
/* From a raw value by the facts' line, or 0. */
uint32_t sensor_centi_kelvin(int32_t raw);

#endif
