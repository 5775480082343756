#include "clock.h"

#include "facts.h"
#include "rp2040.h"

#define XOSC_1_TO_15_MHZ 0xaa0u
#define XOSC_ENABLE (0xfabu << 12)
/* About 1 ms in units of 256 cycles of 12 MHz. */
#define XOSC_START_UNITS 47u
#define STABLE (1u << 31)

#define PLL_POWER_DOWN 1u
#define PLL_POST_DOWN (1u << 3)
#define PLL_VCO_DOWN (1u << 5)

/* Sources. */
#define REF_FROM_XOSC 2u
#define REF_XOSC_SELECTED 4u
#define SYS_FROM_AUX 1u
#define SYS_REF_SELECTED 1u
#define SYS_AUX_SELECTED 2u

#define TICK_ON (1u << 9)

_Static_assert(BOARD_CRYSTAL_HZ == 12000000u && BOARD_SYSTEM_HZ == 125000000u, "dividers below are for these");

static void release(uint32_t blocks) {
  REG_CLEAR(RESETS_BASE) = blocks;
  while ((REG(RESETS_DONE) & blocks) != blocks) {
  }
}

static void pll(uint32_t base, uint32_t feedback, uint32_t first, uint32_t second) {
  REG(base) = 1; /* reference divider */
  REG(base + 8u) = feedback;
  REG_CLEAR(base + 4u) = PLL_POWER_DOWN | PLL_VCO_DOWN;
  while (!(REG(base) & STABLE)) {
  }
  REG(base + 0xcu) = first << 16 | second << 12;
  REG_CLEAR(base + 4u) = PLL_POST_DOWN;
}

static void wake_later(void) {
  REG(TIMER_ALARM0) = REG(TIMER_RAW_LOW) + CLOCK_WAKE_US;
}

void clock_begin(void) {
  REG(XOSC_STARTUP) = XOSC_START_UNITS;
  REG(XOSC_BASE) = XOSC_ENABLE | XOSC_1_TO_15_MHZ;
  while (!(REG(XOSC_STATUS) & STABLE)) {
  }
  /* a watchdog restart leaves the processor on its PLL: away from it before it is touched */
  REG_CLEAR(CLK_SYS_CTRL) = SYS_FROM_AUX;
  while (REG(CLK_SYS_SELECTED) != SYS_REF_SELECTED) {
  }
  REG(CLK_REF_CTRL) = REF_FROM_XOSC;
  while (REG(CLK_REF_SELECTED) != REF_XOSC_SELECTED) {
  }
  REG_SET(RESETS_BASE) = RESET_PLL_SYS | RESET_PLL_USB;
  release(RESET_PLL_SYS | RESET_PLL_USB);
  pll(PLL_SYS_BASE, 125, 6, 2); /* 12 MHz * 125 = 1500 MHz, / 12 */
  pll(PLL_USB_BASE, 100, 5, 5); /* 1200 MHz / 25 */
  REG(CLK_SYS_CTRL) = 0; /* auxiliary source: the system PLL */
  REG(CLK_SYS_CTRL) = SYS_FROM_AUX;
  while (REG(CLK_SYS_SELECTED) != SYS_AUX_SELECTED) {
  }
  REG(CLK_PERI_CTRL) = CLK_ENABLE;
  REG(CLK_USB_CTRL) = CLK_ENABLE;
  REG(CLK_ADC_CTRL) = CLK_ENABLE;
  REG(WATCHDOG_TICK) = TICK_ON | BOARD_CRYSTAL_HZ / 1000000u;
  release(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_TIMER | RESET_SPI0 | RESET_UART0 | RESET_DMA | RESET_ADC);
  REG(TIMER_INTE) = 1;
  wake_later();
  REG(NVIC_ENABLE) = 1u << IRQ_TIMER0;
}

/* It only has to wake the processor. */
void clock_interrupt(void) {
  REG(TIMER_INTR) = 1;
  wake_later();
}

uint64_t clock_us(void) {
  uint32_t high = REG(TIMER_RAW_HIGH);
  for (;;) {
    const uint32_t low = REG(TIMER_RAW_LOW);
    const uint32_t again = REG(TIMER_RAW_HIGH);
    if (again == high) return (uint64_t)high << 32 | low;
    high = again;
  }
}

void clock_wait_us(uint32_t us) {
  const uint32_t begin = REG(TIMER_RAW_LOW);
  while (REG(TIMER_RAW_LOW) - begin < us) {
  }
}
