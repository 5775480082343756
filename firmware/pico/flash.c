#include "flash.h"

#include "rom.h"
#include "rp2040.h"

enum { BLOCK_BYTES = 65536, BLOCK_ERASE = 0xd8, READ_UNIQUE_ID = 0x4b, ID_DUMMY_BYTES = 4, ID_BYTES = 8 };

/* A byte of the bus takes well below 1 us. */
enum { MOST_POLLS = 1000 };

typedef void (*plain_t)(void);
typedef void (*erase_t)(uint32_t offset, uint32_t count, uint32_t block, uint8_t command);
typedef void (*program_t)(uint32_t offset, const uint8_t *from, uint32_t count);

/* From here to leave() nothing can be read at XIP_BASE. */
static void enter(void) {
  const plain_t connect = rom_function('I', 'F');
  const plain_t exit_xip = rom_function('E', 'X');
  connect();
  exit_xip();
}

static void leave(void) {
  const plain_t flush_cache = rom_function('F', 'C');
  const plain_t enter_xip = rom_function('C', 'X');
  flush_cache();
  enter_xip();
}

void flash_erase(uint32_t offset) {
  const erase_t erase = (erase_t)(uintptr_t)rom_function('R', 'E');
  enter();
  erase(offset, FLASH_SECTOR_BYTES, BLOCK_BYTES, BLOCK_ERASE);
  leave();
}

void flash_program(uint32_t offset, const uint8_t page[FLASH_PAGE_BYTES]) {
  const program_t program = (program_t)(uintptr_t)rom_function('R', 'P');
  enter();
  program(offset, page, FLASH_PAGE_BYTES);
  leave();
}

const uint8_t *flash_at(uint32_t offset) {
  return (const uint8_t *)(uintptr_t)(XIP_BASE + offset);
}

static void select(uint32_t level) {
  REG(IO_QSPI_SS_CTRL) = (REG(IO_QSPI_SS_CTRL) & ~IO_OUTPUT_MASK) | level;
}

void flash_unique_id(uint8_t id[ID_BYTES]) {
  enum { BYTES = 1 + ID_DUMMY_BYTES + ID_BYTES };
  for (uint32_t i = 0; i < ID_BYTES; i++) id[i] = 0;
  enter();
  select(IO_OUTPUT_LOW);
  uint32_t polls = 0;
  for (uint32_t i = 0; i < BYTES && polls < MOST_POLLS; i++) {
    REG(SSI_DR0) = i == 0 ? READ_UNIQUE_ID : 0;
    for (polls = 0; !(REG(SSI_SR) & SSI_SR_RFNE) && polls < MOST_POLLS;) polls++;
    const uint8_t byte = (uint8_t)REG(SSI_DR0);
    if (i > ID_DUMMY_BYTES) id[i - 1 - ID_DUMMY_BYTES] = byte;
  }
  select(IO_OUTPUT_HIGH);
  leave();
}
