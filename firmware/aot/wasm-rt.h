/*
 * The runtime that C of wasm2c 1.0.32 needs when its memory is fixed and static: types, traps, and nothing to allocate.
 * Written for the hardened text (harden.ts), which defines the memory itself and includes this under this name.
 */
#ifndef SPINDLE_WASM_RT_H
#define SPINDLE_WASM_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Calls are counted, so that endless recursion traps before it leaves the stack. */
#define WASM_RT_USE_STACK_DEPTH_COUNT 1
#ifndef WASM_RT_MAX_CALL_STACK_DEPTH
#define WASM_RT_MAX_CALL_STACK_DEPTH 100
#endif
extern uint32_t wasm_rt_call_stack_depth;

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_EXHAUSTION
} wasm_rt_trap_t;

/* Does not come back: reports to board_trapped and, if that returns, parks the processor. */
__attribute__((noreturn, cold)) void wasm_rt_trap(wasm_rt_trap_t trap);

/*
 * What the board does about a trap: says so, drops its outputs, resets. A test may leave it by longjmp and instantiate
 * the module again; its state is lost either way.
 */
void board_trapped(wasm_rt_trap_t trap);

/* A word for the log: "out of bounds". */
const char *wasm_rt_trap_name(wasm_rt_trap_t trap);

typedef struct {
  uint8_t *data;
  uint32_t pages, max_pages;
  uint32_t size; /* bytes there are; fewer than pages * 65536 where a board has less */
} wasm_rt_memory_t;

/* Types of functions matter only to calls by pointer, which modules with tables make; those are refused. */
#define wasm_rt_register_func_type(...) 0u
#define wasm_rt_is_initialized() true

#endif
