/* Clocks of the chip, and time since boot. */
#ifndef SPINDLE_CLOCK_H
#define SPINDLE_CLOCK_H

#include <stdint.h>

/* Crystal, 125 MHz for the processor and its peripherals, 48 MHz for USB and ADC, a tick a microsecond. */
void clock_begin(void);

uint64_t clock_us(void);

/* Spins; for the few milliseconds of a part's start. */
void clock_wait_us(uint32_t us);

/* Wakes a sleeping processor this often, from clock_begin on. */
#define CLOCK_WAKE_US 4000u

#endif
