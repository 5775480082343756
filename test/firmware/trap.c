/*
 * Asks the module of trap-module.ts for one case after the other. Reads words: operation, a, b, c; writes words: trap,
 * result (two), hash of the memory. A trap leaves by longjmp and the module goes on: a new pattern is written first.
 */
#include <setjmp.h>
#include <string.h>

#include "core-exports.h"
#include "play.h"

Z_core_instance_t core_instance;

static jmp_buf before_case;

static uint32_t memory_hash(void) {
  const wasm_rt_memory_t *memory = Z_coreZ_memory(&core_instance);
  uint32_t hash = 0x811c9dc5u;
  for (uint32_t at = 0; at < memory->size; at += 4) {
    uint32_t word;
    memcpy(&word, memory->data + at, sizeof word);
    hash = (hash ^ word) * 0x01000193u;
  }
  return hash;
}

const char *play_trapped(wasm_rt_trap_t trap) {
  longjmp(before_case, (int)trap);
}

const char *play(void) {
  static uint32_t asked[4];
  Z_core_init_module();
  Z_core_instantiate(&core_instance);
  while (play_read(asked, sizeof asked) == sizeof asked) {
    uint64_t result = 0;
    volatile uint64_t kept = 0;
    const int trap = setjmp(before_case);
    if (trap == WASM_RT_TRAP_NONE) {
      core_prepare();
      kept = core_run(asked[0], asked[1], asked[2], asked[3]);
    }
    result = kept;
    const uint32_t answer[] = {(uint32_t)trap, (uint32_t)result, (uint32_t)(result >> 32), memory_hash()};
    play_write(answer, sizeof answer);
  }
  return NULL;
}
