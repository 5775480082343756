/* The board's supply. */
#ifndef SPINDLE_SUPPLY_H
#define SPINDLE_SUPPLY_H

#include <stdint.h>

void supply_begin(void);
/* In mV; 0 when the converter does not answer. */
uint32_t supply_milli_v(void);

#endif
