/*
 * Counts instructions by SysTick on a board that QEMU emulates with -icount shift=0: an instruction is a nanosecond
 * there, and a tick of the 25 MHz clock is 40 of them.
 */
#ifndef SPINDLE_INSTRUCTIONS_H
#define SPINDLE_INSTRUCTIONS_H

#include <stdint.h>

#define INSTRUCTIONS_PER_TICK 40u

/* From here on the count runs; it wraps after 671 million instructions. */
void instructions_begin(void);

/* Since instructions_begin, to a tick. Work repeated INSTRUCTIONS_PER_TICK times is counted to an instruction. */
uint32_t instructions_ticks(void);

#endif
