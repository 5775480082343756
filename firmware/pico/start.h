/* From reset to main(), and what becomes of a fault. */
#ifndef SPINDLE_START_H
#define SPINDLE_START_H

#include <stdint.h>

/* Most bytes of the stack that were ever in use since reset: for the emulator's measurement, and for a debugger. */
uint32_t start_stack_used(void);

#endif
