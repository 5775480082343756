#include "settings.h"

#include "facts.h"
#include "flash.h"

enum {
  SECTORS = 2,
  PAGES = FLASH_SECTOR_BYTES / FLASH_PAGE_BYTES,
  ALL_PAGES = SECTORS * PAGES,
  /* magic, number, length, then the bytes; the CRC ends the page */
  NUMBER_AT = 4,
  LENGTH_AT = 8,
  BYTES_AT = 12,
  CRC_AT = FLASH_PAGE_BYTES - 4
};

#define FIRST_OFFSET (BOARD_FLASH_BYTES - BOARD_SETTINGS_BYTES)
#define MAGIC 0x54455353u /* SSET */
#define CRC32C_POLYNOMIAL 0x82f63b78u

_Static_assert(BOARD_SETTINGS_BYTES == SECTORS * FLASH_SECTOR_BYTES, "two sectors");
_Static_assert(BYTES_AT + SETTINGS_MOST_BYTES == CRC_AT, "a record is a page");

static uint32_t crc32c(const uint8_t *from, uint32_t length) {
  uint32_t crc = 0xffffffffu;
  for (; length > 0; length--) {
    crc ^= *from++;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1u ? CRC32C_POLYNOMIAL : 0u);
  }
  return ~crc;
}

static uint32_t get(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static const uint8_t *page_at(uint32_t page) {
  return flash_at(FIRST_OFFSET + page * FLASH_PAGE_BYTES);
}

static bool is_valid(const uint8_t *page) {
  return get(page) == MAGIC && get(page + LENGTH_AT) <= SETTINGS_MOST_BYTES && get(page + CRC_AT) == crc32c(page, CRC_AT);
}

static bool is_erased(const uint8_t *bytes, uint32_t length) {
  for (uint32_t i = 0; i < length; i++)
    if (bytes[i] != 0xff) return false;
  return true;
}

/* The page of the newest record; ALL_PAGES if there is none. */
static uint32_t newest(void) {
  uint32_t found = ALL_PAGES;
  for (uint32_t page = 0; page < ALL_PAGES; page++)
    if (is_valid(page_at(page)) &&
        (found == ALL_PAGES || get(page_at(page) + NUMBER_AT) > get(page_at(found) + NUMBER_AT)))
      found = page;
  return found;
}

uint32_t settings_load(uint8_t *to, uint32_t capacity) {
  const uint32_t page = newest();
  if (page == ALL_PAGES) return 0;
  const uint8_t *record = page_at(page);
  const uint32_t length = get(record + LENGTH_AT) < capacity ? get(record + LENGTH_AT) : capacity;
  for (uint32_t i = 0; i < length; i++) to[i] = record[BYTES_AT + i];
  return length;
}

/* Where the next record goes: a page after the newest in its sector, or the first of the other, which is erased for it. */
static uint32_t room_after(uint32_t page) {
  const uint32_t sector = page == ALL_PAGES ? SECTORS - 1u : page / PAGES;
  if (page != ALL_PAGES)
    for (uint32_t next = page + 1u; next < (sector + 1u) * PAGES; next++)
      if (is_erased(page_at(next), FLASH_PAGE_BYTES)) return next;
  const uint32_t other = (sector + 1u) % SECTORS;
  if (!is_erased(page_at(other * PAGES), FLASH_SECTOR_BYTES)) flash_erase(FIRST_OFFSET + other * FLASH_SECTOR_BYTES);
  return other * PAGES;
}

bool settings_save(const uint8_t *from, uint32_t length) {
  static uint8_t record[FLASH_PAGE_BYTES];
  if (length > SETTINGS_MOST_BYTES) return false;
  const uint32_t before = newest();
  for (uint32_t i = 0; i < FLASH_PAGE_BYTES; i++) record[i] = 0xff;
  put(record, MAGIC);
  put(record + NUMBER_AT, before == ALL_PAGES ? 0u : get(page_at(before) + NUMBER_AT) + 1u);
  put(record + LENGTH_AT, length);
  for (uint32_t i = 0; i < length; i++) record[BYTES_AT + i] = from[i];
  put(record + CRC_AT, crc32c(record, CRC_AT));
  const uint32_t page = room_after(before);
  flash_program(FIRST_OFFSET + page * FLASH_PAGE_BYTES, record);
  for (uint32_t i = 0; i < FLASH_PAGE_BYTES; i++)
    if (page_at(page)[i] != record[i]) return false;
  return true;
}
