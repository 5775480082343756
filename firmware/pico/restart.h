/* Watchdog, restarts, and why the last one was. */
#ifndef SPINDLE_RESTART_H
#define SPINDLE_RESTART_H

#include <stdint.h>

/* docs/wire.md, heartbeat key 10. */
enum restart_cause {
  RESTART_POWER,
  RESTART_PIN,
  RESTART_WATCHDOG,
  RESTART_SOFTWARE,
  RESTART_TRAP,
  RESTART_FAULT
};

/* Why this run began, and what was noted with it: a trap's number, a fault's address. Read once, then forgotten. */
struct restart_reason {
  enum restart_cause cause;
  uint32_t detail;
  /* Runs since power was switched on, this one included. */
  uint32_t runs;
};

struct restart_reason restart_reason(void);

/* Restarts at once; the next run is told. */
__attribute__((noreturn)) void restart_because(enum restart_cause cause, uint32_t detail);

/* Into the ROM's USB volume. */
__attribute__((noreturn)) void restart_into_bootloader(void);

/* From here on a second without watchdog_feed() restarts. */
void watchdog_begin(void);
void watchdog_feed(void);

#endif
