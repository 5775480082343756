#include "rom.h"

#include <stdint.h>

#include "restart.h"

typedef void (*function_t)(void);
typedef uintptr_t (*lookup_t)(uintptr_t table, uint32_t code);

enum { ROM_FUNCTION_TABLE = 0x14, ROM_LOOKUP = 0x18 };

/* A pointer of 16 bits; through a register, because the compiler knows that nothing stands at such an address. */
static uintptr_t pointer_at(uintptr_t address) {
  const volatile uint16_t *at;
  __asm volatile("mov %0, %1" : "=r"(at) : "r"(address));
  return *at;
}

function_t rom_function(char first, char second) {
  const lookup_t lookup = (lookup_t)pointer_at(ROM_LOOKUP);
  const uint32_t code = (uint32_t)(uint8_t)first | (uint32_t)(uint8_t)second << 8;
  const uintptr_t found = lookup(pointer_at(ROM_FUNCTION_TABLE), code);
  if (!found) restart_because(RESTART_FAULT, code);
  return (function_t)found;
}
