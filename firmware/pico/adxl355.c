/* Analog Devices ADXL355. Registers and reasons: hardware/sensors/adxl355.json. */
#include "clock.h"
#include "facts.h"
#include "sensor.h"
#include "spi.h"

enum { AXES = 3, AXIS_BYTES = 3, SHADOW_BYTES = 5, RESET_TRIES = 5 };

/* Of the third byte of a location. */
#define LOCATION_IS_X 1u
#define LOCATION_IS_EMPTY 2u
#define LOCATION_MARKS (LOCATION_IS_X | LOCATION_IS_EMPTY)

#define FIFO_COMMAND (ADXL355_FIFO_DATA << 1 | SENSOR_READ_BIT)

static void reset(void) {
  sensor_put(ADXL355_RESET, ADXL355_RESET_CODE);
  clock_wait_us(SENSOR_START_UP_MS * 1000u);
}

/* Trim values may be loaded wrongly at reset: the shadow registers of two resets must agree. */
uint32_t sensor_probe(void) {
  uint8_t before[SHADOW_BYTES], after[SHADOW_BYTES];
  clock_wait_us(SENSOR_START_UP_MS * 1000u);
  const uint32_t answer = sensor_identify();
  if (answer != SENSOR_OK) return answer;
  sensor_get_many(ADXL355_SHADOW, before, SHADOW_BYTES);
  uint32_t other = 0;
  for (uint32_t tries = 0; tries < RESET_TRIES; tries++) {
    reset();
    sensor_get_many(ADXL355_SHADOW, after, SHADOW_BYTES);
    for (other = 0; other < SHADOW_BYTES && after[other] == before[other];) other++;
    if (other == SHADOW_BYTES) return SENSOR_OK;
  }
  return SENSOR_FAULT(ADXL355_SHADOW + other, after[other], before[other]);
}

uint32_t sensor_configure(uint32_t rate_code, uint32_t range_code) {
  uint32_t answer = sensor_put_checked(ADXL355_POWER_CTL, ADXL355_POWER_CTL_STANDBY);
  /* the upper bits of RANGE are the part's own, but for the polarity */
  const uint32_t range = (sensor_get(ADXL355_RANGE) & ~(uint32_t)ADXL355_RANGE_RANGE) | range_code | ADXL355_RANGE_INT_ACTIVE_HIGH;
  if (answer == SENSOR_OK) answer = sensor_put_checked(ADXL355_RANGE, range);
  if (answer == SENSOR_OK) answer = sensor_put_checked(ADXL355_FILTER, rate_code);
  if (answer == SENSOR_OK) answer = sensor_put_checked(ADXL355_FIFO_SAMPLES, SENSOR_WATERMARK_SCANS * AXES);
  if (answer == SENSOR_OK) answer = sensor_put_checked(ADXL355_INT_MAP, ADXL355_INT_MAP_FULL_1);
  if (answer == SENSOR_OK) answer = sensor_put_checked(ADXL355_SELF_TEST, 0);
  return answer;
}

/* Standby and back empties the FIFO. */
uint32_t sensor_start(void) {
  sensor_put(ADXL355_POWER_CTL, ADXL355_POWER_CTL_STANDBY);
  sensor_flush();
  return sensor_put_checked(ADXL355_POWER_CTL, 0);
}

void sensor_stop(void) {
  sensor_put(ADXL355_POWER_CTL, ADXL355_POWER_CTL_STANDBY);
}

uint32_t sensor_self_test(uint32_t side) {
  const uint32_t force = ADXL355_SELF_TEST_ST1 | ADXL355_SELF_TEST_ST2;
  return sensor_put_checked(ADXL355_SELF_TEST, side == 2u ? force : side == 1u ? ADXL355_SELF_TEST_ST1 : 0u);
}

/* High, low, high again: whether they are latched together is not known. */
uint32_t sensor_temperature(void) {
  uint8_t raw[2];
  sensor_get_many(ADXL355_TEMP2, raw, sizeof raw);
  if (sensor_get(ADXL355_TEMP2) != raw[0]) sensor_get_many(ADXL355_TEMP2, raw, sizeof raw);
  return sensor_centi_kelvin((raw[0] & ADXL355_TEMP2_HIGH) << 8 | raw[1]);
}

struct sensor_level sensor_level(void) {
  uint8_t both[2]; /* STATUS, FIFO_ENTRIES */
  sensor_get_many(ADXL355_STATUS, both, sizeof both);
  return (struct sensor_level){
      (both[1] & ADXL355_FIFO_ENTRIES_ENTRIES) / AXES, /* whole scans: one that is being written reads wrong */
      (both[0] & ADXL355_STATUS_FIFO_OVERRUN) != 0,
  };
}

bool sensor_read(uint8_t *to, uint32_t scans) {
  spi_begin_read(FIFO_COMMAND, to - 1, 1u + scans * SENSOR_ENTRY_BYTES);
  return false;
}

/* Location by location until it says that it is empty, and then it begins with an X. */
void sensor_flush(void) {
  uint8_t location[AXIS_BYTES];
  for (uint32_t left = AXES * (SENSOR_DEPTH_SCANS + 2u); left > 0; left--) {
    sensor_get_many(ADXL355_FIFO_DATA, location, AXIS_BYTES);
    if (location[2] & LOCATION_IS_EMPTY) break;
  }
  (void)sensor_level(); /* the overrun that was */
}

bool sensor_unpack(const uint8_t *from, uint32_t scans, uint8_t *to) {
  for (uint32_t location = 0; location < scans * AXES; location++, from += AXIS_BYTES, to += AXIS_BYTES) {
    if ((from[2] & LOCATION_MARKS) != (location % AXES == 0 ? LOCATION_IS_X : 0u)) return false;
    for (uint32_t i = 0; i < AXIS_BYTES; i++) to[i] = from[i];
  }
  return true;
}
