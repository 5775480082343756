/* The functions that the node module imports, and what becomes of a trap in it. */
#include "core-exports.h"

#include "clock.h"
#include "link.h"
#include "restart.h"
#include "sampler.h"
#include "sensor.h"
#include "settings.h"
#include "supply.h"

/* As in core-wasm/node/board.ts. */
enum { PROBE, CONFIGURE, START, STOP, SELF_TEST, TEMPERATURE, SUPPLY };
enum { KIND_BLOCK };
enum { RUN_AGAIN, BOOTLOADER };

/* What is on its way to the host leaves before a restart, unless nobody takes it. */
#define FLUSH_US 200000u

Z_core_instance_t core_instance;

/* One board, one module: the board that wasm2c passes is never looked at, nor is there one. */

static uint8_t *memory(u32 at) {
  return Z_coreZ_memory(&core_instance)->data + at;
}

/* The module may only point into its memory; where it does not, it is broken. */
static void check(u32 at, u32 length) {
  const wasm_rt_memory_t *all = Z_coreZ_memory(&core_instance);
  if (at > all->size || length > all->size - at) wasm_rt_trap(WASM_RT_TRAP_OOB);
}

void board_trapped(wasm_rt_trap_t trap) {
  restart_because(RESTART_TRAP, (uint32_t)trap);
}

u64 Z_boardZ_microseconds(struct Z_board_instance_t *board) {
  (void)board;
  return clock_us();
}

u32 Z_boardZ_transmit(struct Z_board_instance_t *board, u32 link, u32 at, u32 length, u32 kind) {
  (void)board;
  check(at, length);
  const uint32_t reserve = kind == KIND_BLOCK ? LINK_RESERVE_BYTES : 0;
  return link == LINK_USB ? usb_send(memory(at), length, reserve) : uart_send(memory(at), length, reserve);
}

/* With the interrupts off the bus. */
static uint32_t operate(uint32_t operation, uint32_t argument) {
  sampler_hold();
  uint32_t answer = SENSOR_OK;
  if (operation == PROBE) answer = sensor_probe();
  if (operation == CONFIGURE) answer = sensor_configure(argument >> 8, argument & 0xffu);
  if (operation == SELF_TEST) answer = sensor_self_test(argument);
  if (operation == TEMPERATURE) answer = sensor_temperature();
  sampler_go_on();
  return answer;
}

u32 Z_boardZ_sensor(struct Z_board_instance_t *board, u32 operation, u32 argument) {
  (void)board;
  switch (operation) {
    case START:
      return sampler_start();
    case STOP:
      sampler_stop();
      sampler_go_on();
      return SENSOR_OK;
    case SUPPLY:
      return supply_milli_v();
    default:
      return operate(operation, argument);
  }
}

u32 Z_boardZ_save(struct Z_board_instance_t *board, u32 at, u32 length) {
  (void)board;
  check(at, length);
  watchdog_feed(); /* an erase may take 0.4 s */
  return settings_save(memory(at), length);
}

u32 Z_boardZ_load(struct Z_board_instance_t *board, u32 at, u32 capacity) {
  (void)board;
  check(at, capacity);
  return settings_load(memory(at), capacity);
}

void Z_boardZ_restart(struct Z_board_instance_t *board, u32 kind) {
  (void)board;
  sampler_stop();
  const uint64_t begin = clock_us();
  while ((!uart_is_idle() || (usb_is_open() && !usb_is_idle())) && clock_us() - begin < FLUSH_US) watchdog_feed();
  if (kind == BOOTLOADER) restart_into_bootloader();
  restart_because(RESTART_SOFTWARE, 0);
}
