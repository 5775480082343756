/* From reset to main(), and what becomes of a fault. */
#include "restart.h"
#include "rp2040.h"

/* From the linker script. */
extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_start[], stack_top[];

/* Of a symbol only its address means something. */
#define AT(symbol) ((uintptr_t)(symbol))

int main(void);
void uart_interrupt(void);
void usb_interrupt(void);
void sampler_edge_interrupt(void);
void sampler_dma_interrupt(void);
void clock_interrupt(void);

/* What unused stack looks like: a debugger, or the emulator, finds the highest mark by it. */
#define STACK_PAINT 0x5aa5c33cu

enum { SYSTEM_VECTORS = 16, INTERRUPTS = 26 };

typedef void (*vector_t)(void);

/* Runs in flash: it is what brings everything else into SRAM. */
__attribute__((section(".flash_text"), noreturn)) void start_reset(void) {
  uintptr_t from = AT(data_load);
  for (uintptr_t to = AT(data_start); to < AT(data_end); to += 4u, from += 4u) REG(to) = REG(from);
  for (uintptr_t to = AT(bss_start); to < AT(bss_end); to += 4u) REG(to) = 0;
  uintptr_t here;
  __asm volatile("mov %0, sp" : "=r"(here));
  for (uintptr_t to = AT(stack_start); to < here; to += 4u) REG(to) = STACK_PAINT;
  REG(VTOR) = AT(data_start);
  main();
  for (;;) {
  }
}

/* The program counter of what failed is the seventh word of the frame that the processor pushed (Armv6-M ARM B1.5.6). */
__attribute__((used)) static void report_fault(const uint32_t *frame) {
  restart_because(RESTART_FAULT, frame[6]);
}

__attribute__((naked)) static void fault(void) {
  __asm volatile(
      "mrs r0, msp\n"
      "ldr r1, =report_fault\n"
      "bx r1\n"
      ".pool\n");
}

static void unexpected(void) {
  uint32_t number;
  __asm volatile("mrs %0, ipsr" : "=r"(number));
  restart_because(RESTART_FAULT, number);
}

/* Until the other table is in SRAM; where the ROM and boot2 look. */
__attribute__((section(".flash_vectors"), used)) static const vector_t flash_table[4] = {
    (vector_t)(void *)stack_top, start_reset, start_reset, start_reset};

/* 256-byte alignment, for VTOR. First in SRAM. */
__attribute__((section(".ram_vectors"), used, aligned(256))) static const vector_t ram_table[SYSTEM_VECTORS + INTERRUPTS] = {
    (vector_t)(void *)stack_top,
    start_reset,
    unexpected,
    fault,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    unexpected,
    [SYSTEM_VECTORS + IRQ_TIMER0] = clock_interrupt,
    [SYSTEM_VECTORS + 1] = unexpected,
    [SYSTEM_VECTORS + 2] = unexpected,
    [SYSTEM_VECTORS + 3] = unexpected,
    [SYSTEM_VECTORS + 4] = unexpected,
    [SYSTEM_VECTORS + IRQ_USB] = usb_interrupt,
    [SYSTEM_VECTORS + 6] = unexpected,
    [SYSTEM_VECTORS + 7] = unexpected,
    [SYSTEM_VECTORS + 8] = unexpected,
    [SYSTEM_VECTORS + 9] = unexpected,
    [SYSTEM_VECTORS + 10] = unexpected,
    [SYSTEM_VECTORS + IRQ_DMA0] = sampler_dma_interrupt,
    [SYSTEM_VECTORS + 12] = unexpected,
    [SYSTEM_VECTORS + IRQ_IO_BANK0] = sampler_edge_interrupt,
    [SYSTEM_VECTORS + 14] = unexpected,
    [SYSTEM_VECTORS + 15] = unexpected,
    [SYSTEM_VECTORS + 16] = unexpected,
    [SYSTEM_VECTORS + 17] = unexpected,
    [SYSTEM_VECTORS + 18] = unexpected,
    [SYSTEM_VECTORS + 19] = unexpected,
    [SYSTEM_VECTORS + IRQ_UART0] = uart_interrupt,
    [SYSTEM_VECTORS + 21] = unexpected,
    [SYSTEM_VECTORS + 22] = unexpected,
    [SYSTEM_VECTORS + 23] = unexpected,
    [SYSTEM_VECTORS + 24] = unexpected,
    [SYSTEM_VECTORS + 25] = unexpected,
};
