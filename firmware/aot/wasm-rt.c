#include "wasm-rt.h"

uint32_t wasm_rt_call_stack_depth;

void wasm_rt_trap(wasm_rt_trap_t trap) {
  wasm_rt_call_stack_depth = 0;
  board_trapped(trap);
  for (;;) {
  }
}

const char *wasm_rt_trap_name(wasm_rt_trap_t trap) {
  switch (trap) {
    case WASM_RT_TRAP_NONE:
      return "none";
    case WASM_RT_TRAP_OOB:
      return "out of bounds";
    case WASM_RT_TRAP_INT_OVERFLOW:
      return "integer overflow";
    case WASM_RT_TRAP_DIV_BY_ZERO:
      return "divide by zero";
    case WASM_RT_TRAP_INVALID_CONVERSION:
      return "invalid conversion";
    case WASM_RT_TRAP_UNREACHABLE:
      return "unreachable";
    case WASM_RT_TRAP_EXHAUSTION:
      return "call stack exhausted";
  }
  return "unknown";
}
