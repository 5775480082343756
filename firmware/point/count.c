/*
 * What a vibration point costs on a board: instructions of configure() and of pushing half a window, to a tick of 40 a
 * call. Reads the file `settings` (128 bytes) and `samples` (per half window, axes x half a window f32); writes words:
 * most bytes of stack in use, configure, then each half window, the first of which fills no window yet. A core that
 * takes less than half a window in one push gets it in several.
 */
#include <string.h>

#include "core-exports.h"
#include "instructions.h"
#include "semihosting.h"
#include "start.h"

#if !defined(POINT_AXES) || !defined(POINT_WINDOW) || !defined(POINT_PUSHES)
#error "POINT_AXES, POINT_WINDOW, POINT_PUSHES: axes, samples of a window, pushes of half a window"
#endif

enum { SETTINGS_BYTES = 128, HOP = POINT_WINDOW / 2 };

Z_core_instance_t core_instance;

void board_trapped(wasm_rt_trap_t trap) {
  semihosting_print(wasm_rt_trap_name(trap));
  semihosting_exit(3);
}

static void fail(const char *reason) {
  semihosting_print(reason);
  semihosting_exit(1);
}

static uint8_t *memory(uint32_t at) {
  return Z_coreZ_memory(&core_instance)->data + at;
}

static void read_all(int32_t file, void *to, size_t length) {
  if (semihosting_read(file, to, length) != length) fail("settings or samples are too short\n");
}

int main(void) {
  static uint32_t counts[2 + POINT_PUSHES];
  static float half[POINT_AXES][HOP];
  const int32_t settings = semihosting_open("settings", SEMIHOSTING_READ);
  const int32_t samples = semihosting_open("samples", SEMIHOSTING_READ);
  const int32_t answers = semihosting_open("answers", SEMIHOSTING_WRITE);
  if (settings < 0 || samples < 0 || answers < 0) fail("settings, samples or answers cannot be opened\n");
  Z_core_init_module();
  Z_core_instantiate(&core_instance);
  const uint32_t at = core_settingsPtr();
  read_all(settings, memory(at), SETTINGS_BYTES);
  instructions_begin();
  const int32_t status = (int32_t)core_configure(at);
  counts[1] = instructions_ticks() * INSTRUCTIONS_PER_TICK;
  if (status != 0) fail("configure was refused\n");
  const uint32_t room = core_capacity();
  const uint32_t block = room < HOP ? room : HOP;
  if (HOP % block != 0) fail("capacity does not divide half a window\n");
  for (uint32_t push = 0; push < POINT_PUSHES; push++) {
    read_all(samples, half, sizeof half);
    int32_t decisions = 0;
    for (uint32_t from = 0; from < HOP; from += block) {
      for (uint32_t axis = 0; axis < POINT_AXES; axis++)
        memcpy(memory(core_inputPtr(axis)), &half[axis][from], block * sizeof half[axis][0]);
      instructions_begin();
      decisions += (int32_t)core_push(block);
      counts[2 + push] += instructions_ticks() * INSTRUCTIONS_PER_TICK;
    }
    if (decisions != (push > 0)) fail("push gave another number of decisions than one a window\n");
  }
  counts[0] = board_stack_used();
  if (semihosting_write(answers, counts, sizeof counts) != sizeof counts) fail("answers cannot be written\n");
  semihosting_close(answers);
  return 0;
}
