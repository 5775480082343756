/* What start.c knows of a board: how much of its stack was needed. */
#ifndef SPINDLE_START_H
#define SPINDLE_START_H

#include <stdint.h>

/* Most bytes of the stack that were ever in use since reset. */
uint32_t board_stack_used(void);

#endif
