/*
 * Calls itself DEPTH times, STEP_BYTES of stack each, beside a variable with a value. Exits with 0 when the variable kept
 * it, else with 1.
 */
#include <stdint.h>

#include "core-exports.h"
#include "semihosting.h"

#define STEP_BYTES 64u
#define VALUE 0x600dda7au

Z_core_instance_t core_instance;

void board_trapped(wasm_rt_trap_t trap) {
  semihosting_print(wasm_rt_trap_name(trap));
}

static volatile uint32_t kept[256] = {[255] = VALUE};

__attribute__((noinline)) static uint32_t deeper(uint32_t depth) {
  volatile uint8_t step[STEP_BYTES];
  for (uint32_t i = 0; i < STEP_BYTES; i++) step[i] = 0xee;
  return depth == 0 ? step[0] : deeper(depth - 1) + step[depth % STEP_BYTES];
}

int main(void) {
  if (deeper(DEPTH) == 0) return 1;
  return kept[255] == VALUE ? 0 : 1;
}
