/* From reset to main() on a Cortex-M4F or M33: vectors, FPU, variables. What main returns is the exit code. */
#include "start.h"

#include "semihosting.h"

/* From the linker script. */
extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_start[], stack_top[];

int main(void);

/* Armv7-M ARM B3.2.20: coprocessors 10 and 11 are the FPU. */
#define CPACR (*(volatile uint32_t *)0xe000ed88u)

/* What unused stack looks like, for board_stack_used(). */
#define STACK_PAINT 0x5aa5c33cu

__attribute__((noreturn)) void board_reset(void) {
  CPACR |= 0xfu << 20;
  __asm volatile("dsb\n\tisb");
  const uint32_t *from = data_load;
  for (uint32_t *to = data_start; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  uint32_t *here;
  __asm volatile("mov %0, sp" : "=r"(here));
  for (uint32_t *to = stack_start; to < here;) *to++ = STACK_PAINT;
  semihosting_exit(main());
}

uint32_t board_stack_used(void) {
  const uint32_t *word = stack_start;
  while (word < stack_top && *word == STACK_PAINT) word++;
  return (uint32_t)((const char *)stack_top - (const char *)word);
}

static void fault(void) {
  semihosting_print("board: fault\n");
  semihosting_exit(2);
}

typedef void (*vector_t)(void);

/* Armv7-M ARM B1.5.3: stack pointer, reset, NMI and the faults; no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const vector_t vectors[16] = {
    (vector_t)(void *)stack_top, board_reset, fault, fault, fault, fault, fault, fault, 0, 0, 0, fault, fault, 0, fault,
    fault,
};
