/*
 * Settings that a power cut cannot spoil: a log of pages over two sectors. A page is one record with a number and a CRC;
 * the valid one with the highest number counts. A sector is erased only when the other holds the newest record, so what
 * was kept last stays there until what replaces it is whole.
 */
#ifndef SPINDLE_SETTINGS_H
#define SPINDLE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_MOST_BYTES 240u

/* What was kept, at most `capacity` bytes of it: how many; 0 if there is none. */
uint32_t settings_load(uint8_t *to, uint32_t capacity);

/* False if it cannot be read back; then what was kept before still is. */
bool settings_save(const uint8_t *from, uint32_t length);

#endif
