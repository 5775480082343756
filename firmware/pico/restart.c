#include "restart.h"

#include "rom.h"
#include "rp2040.h"

/* Upper half of SCRATCH0 when the lower half is a cause that this firmware wrote. Scratch registers survive all but power
 * and the RUN pin. 4 to 7 belong to the ROM. */
#define NOTE 0x53500000u
#define NOTE_MASK 0xffff0000u

enum { SCRATCH_NOTE, SCRATCH_DETAIL, SCRATCH_RUNS };

#define CTRL_TRIGGER (1u << 31)
#define CTRL_ON (1u << 30)
#define CTRL_PAUSE (7u << 24)
#define HAD_RUN_PIN (1u << 16)
#define HAD_POWER_ON (1u << 8)

/* Counts twice per microsecond (erratum E1). */
#define TIMEOUT_HALF_US 2000000u

struct restart_reason restart_reason(void) {
  const uint32_t note = REG(WATCHDOG_SCRATCH(SCRATCH_NOTE));
  const uint32_t chip = REG(CHIP_RESET);
  struct restart_reason reason = {RESTART_POWER, 0, REG(WATCHDOG_SCRATCH(SCRATCH_RUNS)) + 1};
  if ((note & NOTE_MASK) == NOTE) {
    reason.cause = (enum restart_cause)(note & ~NOTE_MASK);
    reason.detail = REG(WATCHDOG_SCRATCH(SCRATCH_DETAIL));
  } else if (REG(WATCHDOG_REASON) & 3u) {
    reason.cause = RESTART_WATCHDOG;
  } else if ((chip & HAD_RUN_PIN) && !(chip & HAD_POWER_ON)) {
    reason.cause = RESTART_PIN;
  }
  REG(WATCHDOG_SCRATCH(SCRATCH_NOTE)) = 0;
  REG(WATCHDOG_SCRATCH(SCRATCH_RUNS)) = reason.runs;
  return reason;
}

void restart_because(enum restart_cause cause, uint32_t detail) {
  __asm volatile("cpsid i" ::: "memory");
  REG(WATCHDOG_SCRATCH(SCRATCH_NOTE)) = NOTE | (uint32_t)cause;
  REG(WATCHDOG_SCRATCH(SCRATCH_DETAIL)) = detail;
  REG(PSM_WDSEL) = PSM_ALL_BUT_OSCILLATORS;
  for (;;) REG_SET(WATCHDOG_CTRL) = CTRL_TRIGGER;
}

void restart_into_bootloader(void) {
  typedef void (*usb_boot_t)(uint32_t activity_pins, uint32_t disabled);
  const usb_boot_t usb_boot = (usb_boot_t)rom_function('U', 'B');
  __asm volatile("cpsid i" ::: "memory");
  usb_boot(0, 0);
  restart_because(RESTART_SOFTWARE, 0); /* it did not go */
}

void watchdog_begin(void) {
  REG(PSM_WDSEL) = PSM_ALL_BUT_OSCILLATORS;
  watchdog_feed();
  REG(WATCHDOG_CTRL) = CTRL_ON | CTRL_PAUSE;
}

void watchdog_feed(void) {
  REG(WATCHDOG_LOAD) = TIMEOUT_HALF_US;
}
