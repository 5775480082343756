/* STMicroelectronics LIS3DH. Registers and reasons: hardware/sensors/lis3dh.json. */
#include "clock.h"
#include "facts.h"
#include "sensor.h"
#include "spi.h"

/* The part's own test is specified in its normal mode, of 10 bits. */
#define SELF_TEST_SIDES_ON 1u

static uint32_t rate, control4;

/* It has no reset: every register that matters is written. */
uint32_t sensor_probe(void) {
  clock_wait_us(SENSOR_START_UP_MS * 1000u);
  return sensor_identify();
}

uint32_t sensor_configure(uint32_t rate_code, uint32_t range_code) {
  rate = rate_code << 4 | LIS3DH_CTRL_REG1_AXES;
  control4 = LIS3DH_CTRL_REG4_BDU | LIS3DH_CTRL_REG4_HIGH_RESOLUTION | range_code << 4;
  const uint8_t settings[][2] = {
      {LIS3DH_CTRL_REG1, 0}, /* power down */
      {LIS3DH_CTRL_REG2, 0},
      {LIS3DH_CTRL_REG6, 0},
      {LIS3DH_CTRL_REG4, (uint8_t)control4},
      {LIS3DH_FIFO_CTRL_REG, 0}, /* bypass empties it */
      {LIS3DH_CTRL_REG5, LIS3DH_CTRL_REG5_FIFO_ON},
      {LIS3DH_FIFO_CTRL_REG, LIS3DH_FIFO_CTRL_REG_STREAM | SENSOR_WATERMARK_SCANS},
      {LIS3DH_CTRL_REG3, LIS3DH_CTRL_REG3_WATERMARK},
  };
  for (uint32_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    const uint32_t answer = sensor_put_checked(settings[i][0], settings[i][1]);
    if (answer != SENSOR_OK) return answer;
  }
  return SENSOR_OK;
}

uint32_t sensor_start(void) {
  sensor_flush();
  return sensor_put_checked(LIS3DH_CTRL_REG1, rate);
}

void sensor_stop(void) {
  sensor_put(LIS3DH_CTRL_REG1, 0);
}

uint32_t sensor_self_test(uint32_t side) {
  uint32_t value = control4;
  if (side >= SELF_TEST_SIDES_ON) value &= ~(uint32_t)LIS3DH_CTRL_REG4_HIGH_RESOLUTION;
  if (side == 2u) value |= LIS3DH_CTRL_REG4_SELF_TEST_0;
  return sensor_put_checked(LIS3DH_CTRL_REG4, value);
}

/* It shows changes only, and no more than that is agreed on. */
uint32_t sensor_temperature(void) {
  return 0;
}

struct sensor_level sensor_level(void) {
  const uint32_t source = sensor_get(LIS3DH_FIFO_SRC_REG);
  return (struct sensor_level){source & LIS3DH_FIFO_SRC_REG_LEVEL, (source & LIS3DH_FIFO_SRC_REG_OVERRUN) != 0};
}

bool sensor_read(uint8_t *to, uint32_t scans) {
  for (; scans > 0; scans--, to += SENSOR_ENTRY_BYTES) sensor_get_many(LIS3DH_OUT_X_L, to, SENSOR_ENTRY_BYTES);
  return true;
}

/* Scan by scan: whether bypass alone takes the overrun back is not known. */
void sensor_flush(void) {
  uint8_t scan[1 + SENSOR_ENTRY_BYTES];
  for (uint32_t left = SENSOR_DEPTH_SCANS + 1u; left > 0; left--) {
    sensor_read(scan + 1, 1);
    if (sensor_get(LIS3DH_FIFO_SRC_REG) & LIS3DH_FIFO_SRC_REG_EMPTY) break;
  }
}

bool sensor_unpack(const uint8_t *from, uint32_t scans, uint8_t *to) {
  __builtin_memcpy(to, from, scans * SENSOR_ENTRY_BYTES);
  return true;
}
