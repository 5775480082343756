/*
 * The transform of one size on a board: counts its instructions and writes its bins, so that both can be held against
 * what is promised. Writes words: instructions of one rfft, most bytes of stack in use, then the n + 2 words of the bins
 * and, with FFT_BACK, the n words that irfft makes of them.
 */
#include "core-exports.h"
#include "instructions.h"
#include "semihosting.h"
#include "start.h"

#ifndef FFT_POINTS
#error "FFT_POINTS: the size for which the module was prepared"
#endif

Z_core_instance_t core_instance;

void board_trapped(wasm_rt_trap_t trap) {
  semihosting_print(wasm_rt_trap_name(trap));
  semihosting_exit(3);
}

/* xorshift32 (Marsaglia 2003), as f32 in -1..1. */
static void fill(float *samples) {
  uint32_t state = 0x12345678u;
  for (uint32_t i = 0; i < FFT_POINTS; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    samples[i] = (float)(int32_t)state * (1.0f / 2147483648.0f);
  }
}

/* The same loop without a transform in it. */
__attribute__((noinline)) static uint32_t nothing(Z_core_instance_t *instance, uint32_t n) {
  __asm volatile("" ::"r"(instance), "r"(n));
  return 0;
}

static uint32_t repeat(uint32_t (*work)(Z_core_instance_t *, uint32_t)) {
  instructions_begin();
  for (uint32_t i = 0; i < INSTRUCTIONS_PER_TICK; i++) work(&core_instance, FFT_POINTS);
  return instructions_ticks();
}

int main(void) {
  const int32_t answers = semihosting_open("answers", SEMIHOSTING_WRITE);
  if (answers < 0) return 1;
  Z_core_init_module();
  Z_core_instantiate(&core_instance);
  uint8_t *memory = Z_coreZ_memory(&core_instance)->data;
  fill((float *)(void *)(memory + core_fftInput(FFT_POINTS)));
  const uint32_t head[] = {repeat(Z_coreZ_rfft) - repeat(nothing), board_stack_used()};
  const size_t bins = (FFT_POINTS + 2) * 4;
  size_t wanted = sizeof head + bins;
  size_t written = semihosting_write(answers, head, sizeof head) +
                   semihosting_write(answers, memory + core_fftOutput(FFT_POINTS), bins);
#ifdef FFT_BACK
  core_irfft(FFT_POINTS);
  wanted += FFT_POINTS * 4;
  written += semihosting_write(answers, memory + core_fftInput(FFT_POINTS), FFT_POINTS * 4);
#endif
  semihosting_close(answers);
  return written == wanted ? 0 : 1;
}
