/*
 * settings.c on a flash in memory whose power is cut at every byte: of each page that is programmed, and of each sector
 * that is erased, from either end. Exit code 0, or 1 with what was found.
 */
#include "settings.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "flash.h"

enum { SAVES = 20, LENGTH = 112 };

static uint8_t flash[BOARD_FLASH_BYTES];
static jmp_buf power_cut;
/* Bytes that are still written; -1: all of them. */
static long left = -1;
static int from_the_end;
static long writes;

static void spend(void) {
  writes++;
  if (left < 0) return;
  if (left == 0) longjmp(power_cut, 1);
  left--;
}

void flash_erase(uint32_t offset) {
  if (offset % FLASH_SECTOR_BYTES || offset < BOARD_FLASH_BYTES - BOARD_SETTINGS_BYTES) exit(2);
  for (uint32_t i = 0; i < FLASH_SECTOR_BYTES; i++) {
    spend();
    flash[offset + (from_the_end ? FLASH_SECTOR_BYTES - 1 - i : i)] = 0xff;
  }
}

void flash_program(uint32_t offset, const uint8_t page[FLASH_PAGE_BYTES]) {
  if (offset % FLASH_PAGE_BYTES) exit(2);
  for (uint32_t i = 0; i < FLASH_PAGE_BYTES; i++) {
    const uint32_t at = offset + (from_the_end ? FLASH_PAGE_BYTES - 1 - i : i);
    if (left == 0) flash[at] &= page[at % FLASH_PAGE_BYTES] | 0x55; /* half of the bits */
    spend();
    flash[at] &= page[at % FLASH_PAGE_BYTES];
  }
}

const uint8_t *flash_at(uint32_t offset) {
  return flash + offset;
}

static void make(uint8_t *settings, int number) {
  for (int i = 0; i < LENGTH; i++) settings[i] = (uint8_t)(number * 31 + i * 7);
}

/* 1 if what is kept is number `n`; 0 for nothing is n = -1. */
static int holds(int n) {
  uint8_t wanted[LENGTH], got[LENGTH];
  const uint32_t length = settings_load(got, sizeof got);
  if (n < 0) return length == 0;
  make(wanted, n);
  return length == LENGTH && memcmp(wanted, got, LENGTH) == 0;
}

static void fail(const char *what, int save, long cut) {
  printf("save %d, power cut after %ld bytes: %s\n", save, cut, what);
  exit(1);
}

int main(void) {
  static uint8_t before[BOARD_SETTINGS_BYTES];
  uint8_t *const area = flash + BOARD_FLASH_BYTES - BOARD_SETTINGS_BYTES;
  static long cuts, olds, news; /* and what else a longjmp may not touch */
  static int save;
  memset(flash, 0xff, sizeof flash);
  memset(area + FLASH_SECTOR_BYTES, 0x5a, FLASH_SECTOR_BYTES); /* whatever stood there: it is erased for save 16 */
  if (!holds(-1)) fail("an empty flash holds something", 0, 0);
  for (save = 0; save < SAVES; save++) {
    uint8_t settings[LENGTH];
    make(settings, save);
    memcpy(before, area, sizeof before);
    for (from_the_end = 0; from_the_end < 2; from_the_end++) {
      static long cut;
      for (cut = 0;; cut++) {
        memcpy(area, before, sizeof before);
        left = cut;
        const int was_cut = setjmp(power_cut);
        if (!was_cut && !settings_save(settings, LENGTH)) fail("it was not kept", save, cut);
        left = -1;
        if (!was_cut) break;
        cuts++;
        if (holds(save))
          news++;
        else if (holds(save - 1))
          olds++;
        else
          fail("neither what was kept before nor what was to be kept", save, cut);
        uint8_t later[LENGTH];
        make(later, 100 + save);
        if (!settings_save(later, LENGTH) || !holds(100 + save)) fail("nothing can be kept any more", save, cut);
      }
    }
    if (!holds(save)) fail("it cannot be read back", save, -1);
  }
  printf("%ld cuts: %ld times the old settings, %ld times the new ones\n", cuts, olds, news);
  return cuts > 0 && olds > 0 ? 0 : 1;
}
