/* Plays an identity tape (tape.ts) on the C of the core, word by word, with nothing but two functions for bytes. */
#ifndef SPINDLE_PLAY_H
#define SPINDLE_PLAY_H

#include <stddef.h>

#include "wasm-rt.h"

/* Gives the next `length` bytes of the tape; how many there were. */
size_t play_read(void *to, size_t length);

/* Takes the next `length` bytes of the answers. Does not come back if it cannot. */
void play_write(const void *from, size_t length);

/*
 * Plays up to END. NULL, or why not: "TAPE_OP: tape word 2: got op 77, wanted 0 to 11", in the codes of play.ts. The
 * text stays until the next call.
 */
const char *play(void);

/* The same for a trap: which step was being played. For board_trapped(). */
const char *play_trapped(wasm_rt_trap_t trap);

#endif
