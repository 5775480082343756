#include "supply.h"

#include "facts.h"
#include "rp2040.h"

#define CS_ON 1u
#define CS_START (1u << 2)
#define CS_READY (1u << 8)
#define CS_CHANNEL(channel) ((channel) << 12)
#define FULL_SCALE 4096u

/* A conversion takes 2 us. */
enum { MOST_POLLS = 1000 };

void supply_begin(void) {
  REG(PAD(BOARD_SUPPLY_PIN)) = 0; /* no pulls, no input buffer */
  REG(IO_CTRL(BOARD_SUPPLY_PIN)) = IO_NONE;
  REG(ADC_CS) = CS_ON | CS_CHANNEL(BOARD_SUPPLY_ADC);
}

uint32_t supply_milli_v(void) {
  REG(ADC_CS) = CS_ON | CS_CHANNEL(BOARD_SUPPLY_ADC) | CS_START;
  for (uint32_t polls = 0; polls < MOST_POLLS; polls++)
    if (REG(ADC_CS) & CS_READY) return REG(ADC_RESULT) * BOARD_SUPPLY_MILLI_V / FULL_SCALE;
  return 0;
}
