/* Who this board is and which of its runs this is. */
#ifndef SPINDLE_IDENTITY_H
#define SPINDLE_IDENTITY_H

#include <stdint.h>

/*
 * An id that no other run has, as far as the ring oscillator's jitter, the run's number and the board's id make it so.
 * Not a secret.
 */
void identity_of_boot(const uint8_t board_id[8], uint32_t runs, uint8_t id[8]);

#endif
