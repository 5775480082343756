/* Analog Devices ADXL345. Registers and reasons: hardware/sensors/adxl345.json. */
#include "clock.h"
#include "facts.h"
#include "sensor.h"
#include "spi.h"

/* The gap after a read of data is SENSOR_GAP_US, of which the address byte of the next one takes its part. */
#define ADDRESS_BYTE_CYCLES (8u * BOARD_SYSTEM_HZ / SENSOR_SPI_LARGEST_HZ)
#define GAP_CYCLES (SENSOR_GAP_US * (BOARD_SYSTEM_HZ / 1000000u) - ADDRESS_BYTE_CYCLES)

static uint32_t format;

/* It has no reset: every register that matters is written. */
uint32_t sensor_probe(void) {
  clock_wait_us(SENSOR_START_UP_MS * 1000u);
  return sensor_identify();
}

uint32_t sensor_configure(uint32_t rate_code, uint32_t range_code) {
  format = ADXL345_DATA_FORMAT_FULL_RESOLUTION | range_code;
  const uint8_t settings[][2] = {
      {ADXL345_POWER_CTL, 0}, /* standby, in which the rest may change */
      {ADXL345_INT_ENABLE, 0},
      {ADXL345_FIFO_CTL, 0}, /* bypass empties it */
      {ADXL345_OFSX, 0},
      {ADXL345_OFSY, 0},
      {ADXL345_OFSZ, 0},
      {ADXL345_BW_RATE, (uint8_t)rate_code},
      {ADXL345_DATA_FORMAT, (uint8_t)format},
      {ADXL345_INT_MAP, 0}, /* before it is enabled */
      {ADXL345_FIFO_CTL, ADXL345_FIFO_CTL_STREAM | SENSOR_WATERMARK_SCANS},
      {ADXL345_INT_ENABLE, ADXL345_INT_ENABLE_WATERMARK},
  };
  for (uint32_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    const uint32_t answer = sensor_put_checked(settings[i][0], settings[i][1]);
    if (answer != SENSOR_OK) return answer;
  }
  return SENSOR_OK;
}

uint32_t sensor_start(void) {
  sensor_flush();
  return sensor_put_checked(ADXL345_POWER_CTL, ADXL345_POWER_CTL_MEASURE);
}

void sensor_stop(void) {
  sensor_put(ADXL345_POWER_CTL, 0);
}

uint32_t sensor_self_test(uint32_t side) {
  return sensor_put_checked(ADXL345_DATA_FORMAT, format | (side == 2u ? ADXL345_DATA_FORMAT_SELF_TEST : 0u));
}

uint32_t sensor_temperature(void) {
  return 0;
}

struct sensor_level sensor_level(void) {
  const uint32_t source = sensor_get(ADXL345_INT_SOURCE);
  const uint32_t entries = sensor_get(ADXL345_FIFO_STATUS) & ADXL345_FIFO_STATUS_ENTRIES;
  return (struct sensor_level){entries, source & ADXL345_INT_SOURCE_OVERRUN};
}

/* Each scan is a burst of its own, and the next may begin no sooner than the gap. */
bool sensor_read(uint8_t *to, uint32_t scans) {
  for (; scans > 0; scans--, to += SENSOR_ENTRY_BYTES) {
    sensor_get_many(ADXL345_DATAX0, to, SENSOR_ENTRY_BYTES);
    spi_pause(GAP_CYCLES);
  }
  return true;
}

void sensor_flush(void) {
  uint8_t scan[1 + SENSOR_ENTRY_BYTES];
  for (uint32_t left = sensor_level().scans; left > 0; left--) sensor_read(scan + 1, 1);
  (void)sensor_level(); /* the overrun that was */
}

bool sensor_unpack(const uint8_t *from, uint32_t scans, uint8_t *to) {
  __builtin_memcpy(to, from, scans * SENSOR_ENTRY_BYTES);
  return true;
}
