/* STMicroelectronics IIS3DWB. Registers and reasons: hardware/sensors/iis3dwb.json. */
#include "clock.h"
#include "facts.h"
#include "sensor.h"
#include "spi.h"

#define CTRL3 (IIS3DWB_CTRL3_C_IF_INC | IIS3DWB_CTRL3_C_BDU)
#define LEVEL_BYTES 2u

static uint32_t on;

uint32_t sensor_probe(void) {
  clock_wait_us(SENSOR_START_UP_MS * 1000u);
  const uint32_t answer = sensor_identify();
  if (answer != SENSOR_OK) return answer;
  sensor_put(IIS3DWB_CTRL3_C, IIS3DWB_CTRL3_C_SW_RESET);
  const uint64_t begin = clock_us();
  while (sensor_get(IIS3DWB_CTRL3_C) & IIS3DWB_CTRL3_C_SW_RESET)
    if (clock_us() - begin > SENSOR_RESET_MS * 1000u)
      return SENSOR_FAULT(IIS3DWB_CTRL3_C, IIS3DWB_CTRL3_C_SW_RESET, 0);
  return SENSOR_OK;
}

/* In the one order in which the interrupt was seen to work, and the sensor on last (sensor_start). */
uint32_t sensor_configure(uint32_t rate_code, uint32_t range_code) {
  on = IIS3DWB_CTRL1_XL_ON | range_code << 2;
  const uint8_t settings[][2] = {
      {IIS3DWB_CTRL1_XL, 0},
      {IIS3DWB_CTRL3_C, CTRL3},
      {IIS3DWB_CTRL4_C, IIS3DWB_CTRL4_C_I2C_DISABLE},
      {IIS3DWB_CTRL5_C, 0},
      {IIS3DWB_CTRL6_C, 0},
      {IIS3DWB_CTRL8_XL, 0},
      {IIS3DWB_FIFO_CTRL4, IIS3DWB_FIFO_CTRL4_BYPASS}, /* empties it */
      {IIS3DWB_FIFO_CTRL1, SENSOR_WATERMARK_SCANS & 0xffu},
      {IIS3DWB_FIFO_CTRL2, SENSOR_WATERMARK_SCANS >> 8},
      {IIS3DWB_FIFO_CTRL3, (uint8_t)rate_code},
      {IIS3DWB_FIFO_CTRL4, IIS3DWB_FIFO_CTRL4_CONTINUOUS},
      {IIS3DWB_INT1_CTRL, IIS3DWB_INT1_CTRL_WATERMARK},
  };
  for (uint32_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    const uint32_t answer = sensor_put_checked(settings[i][0], settings[i][1]);
    if (answer != SENSOR_OK) return answer;
  }
  return SENSOR_OK;
}

uint32_t sensor_start(void) {
  sensor_flush();
  return sensor_put_checked(IIS3DWB_CTRL1_XL, on);
}

void sensor_stop(void) {
  sensor_put(IIS3DWB_CTRL1_XL, 0);
}

uint32_t sensor_self_test(uint32_t side) {
  return sensor_put_checked(IIS3DWB_CTRL5_C, side == 2u ? IIS3DWB_CTRL5_C_SELF_TEST_POSITIVE : 0u);
}

uint32_t sensor_temperature(void) {
  uint8_t raw[2];
  sensor_get_many(IIS3DWB_OUT_TEMP_L, raw, sizeof raw);
  return sensor_centi_kelvin((int16_t)(raw[0] | raw[1] << 8));
}

struct sensor_level sensor_level(void) {
  uint8_t status[LEVEL_BYTES];
  sensor_get_many(IIS3DWB_FIFO_STATUS1, status, LEVEL_BYTES);
  return (struct sensor_level){
      status[0] | (status[1] & IIS3DWB_FIFO_STATUS2_LEVEL_HIGH) << 8,
      (status[1] & (IIS3DWB_FIFO_STATUS2_OVERRUN | IIS3DWB_FIFO_STATUS2_OVERRUN_LATCHED)) != 0,
  };
}

bool sensor_read(uint8_t *to, uint32_t scans) {
  spi_begin_read(IIS3DWB_FIFO_DATA_OUT_TAG | SENSOR_READ_BIT, to - 1, 1u + scans * SENSOR_ENTRY_BYTES);
  return false;
}

void sensor_flush(void) {
  sensor_put(IIS3DWB_FIFO_CTRL4, IIS3DWB_FIFO_CTRL4_BYPASS);
  sensor_put(IIS3DWB_FIFO_CTRL4, IIS3DWB_FIFO_CTRL4_CONTINUOUS);
  (void)sensor_level(); /* the overrun that was */
}

bool sensor_unpack(const uint8_t *from, uint32_t scans, uint8_t *to) {
  for (; scans > 0; scans--, from += SENSOR_ENTRY_BYTES, to += SENSOR_ENTRY_BYTES - 1u) {
    if ((from[0] & IIS3DWB_FIFO_DATA_OUT_TAG_KIND) != IIS3DWB_FIFO_DATA_OUT_TAG_ACCELERATION) return false;
    for (uint32_t i = 0; i < SENSOR_ENTRY_BYTES - 1u; i++) to[i] = from[1u + i];
  }
  return true;
}
