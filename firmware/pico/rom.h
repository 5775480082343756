/* Functions of the boot ROM by their two letters (RP2040 ROM: 14 function table, 18 lookup). */
#ifndef SPINDLE_ROM_H
#define SPINDLE_ROM_H

/* Never null: a ROM without the function restarts the node as a fault. */
void (*rom_function(char first, char second))(void);

#endif
