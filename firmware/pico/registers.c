#include "facts.h"
#include "sensor.h"
#include "spi.h"

enum { MOST_REGISTERS = 15 };

/* A read bit of 1 stands below an address that is shifted; the others stand above it. */
static uint8_t command(uint32_t address, uint32_t read_bit, uint32_t burst_bit) {
  return (uint8_t)((SENSOR_READ_BIT == 1u ? address << 1 : address) | read_bit | burst_bit);
}

void sensor_get_many(uint32_t address, uint8_t *to, uint32_t length) {
  uint8_t out[1 + MOST_REGISTERS] = {command(address, SENSOR_READ_BIT, length > 1u ? SENSOR_BURST_BIT : 0u)};
  uint8_t in[1 + MOST_REGISTERS];
  spi_transfer(out, in, 1u + length);
  for (uint32_t i = 0; i < length; i++) to[i] = in[1u + i];
}

uint8_t sensor_get(uint32_t address) {
  uint8_t value;
  sensor_get_many(address, &value, 1);
  return value;
}

void sensor_put(uint32_t address, uint32_t value) {
  const uint8_t out[2] = {command(address, 0, 0), (uint8_t)value};
  spi_transfer(out, 0, sizeof out);
}

uint32_t sensor_put_checked(uint32_t address, uint32_t value) {
  sensor_put(address, value);
  const uint32_t got = sensor_get(address);
  return got == value ? SENSOR_OK : SENSOR_FAULT(address, got, value);
}

uint32_t sensor_identify(void) {
  static const struct {
    uint8_t address, value;
  } identity[] = SENSOR_IDENTITY;
  for (uint32_t i = 0; i < sizeof identity / sizeof *identity; i++) {
    const uint32_t got = sensor_get(identity[i].address);
    if (got != identity[i].value) return SENSOR_FAULT(identity[i].address, got, identity[i].value);
  }
  return SENSOR_OK;
}

uint32_t sensor_centi_kelvin(int32_t raw) {
#ifdef SENSOR_CENTI_COUNTS_PER_KELVIN
  return (uint32_t)(SENSOR_CENTI_KELVIN_AT_ZERO + raw * 10000 / (SENSOR_CENTI_COUNTS_PER_KELVIN));
#else
  (void)raw;
  return 0;
#endif
}
