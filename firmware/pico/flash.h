/* Writes to flash through the ROM. Interrupts go on: nothing that they run stands in flash. */
#ifndef SPINDLE_FLASH_H
#define SPINDLE_FLASH_H

#include <stdint.h>

#define FLASH_SECTOR_BYTES 4096u
#define FLASH_PAGE_BYTES 256u

/* A whole sector, by its offset in flash. */
void flash_erase(uint32_t offset);
/* A whole page, once since it was erased. */
void flash_program(uint32_t offset, const uint8_t page[FLASH_PAGE_BYTES]);
const uint8_t *flash_at(uint32_t offset);

/* The number that its maker gave this flash; zeros if it does not answer. */
void flash_unique_id(uint8_t id[8]);

#endif
