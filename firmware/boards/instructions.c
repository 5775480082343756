#include "instructions.h"

/* Armv7-M ARM B3.3: control and status, reload value, current value. */
#define SYST_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014u)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018u)

#define COUNTER_MASK 0xffffffu

enum { ENABLE = 1, PROCESSOR_CLOCK = 4 };

static uint32_t first;

void instructions_begin(void) {
  SYST_RVR = COUNTER_MASK;
  SYST_CVR = 0;
  SYST_CSR = ENABLE | PROCESSOR_CLOCK;
  first = SYST_CVR;
}

uint32_t instructions_ticks(void) {
  return (first - SYST_CVR) & COUNTER_MASK;
}
