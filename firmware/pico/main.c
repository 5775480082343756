/* Brings the board up and then moves bytes: from the links and the ring into the module, which does the rest. */
#include "core-exports.h"

#include "chunk-ring.h"
#include "clock.h"
#include "facts.h"
#include "flash.h"
#include "identity.h"
#include "image-header.h"
#include "link.h"
#include "pins.h"
#include "restart.h"
#include "rp2040.h"
#include "sampler.h"
#include "sensor.h"

/* Offsets in the descriptor: firmware/node/descriptor.ts. */
enum {
  FIRMWARE_HASH = 48,
  BOARD_ID = 112,
  BOOT_ID = 120,
  RESET_CAUSE = 128,
  RESTART_TEXT_BYTES = 132,
  RESTART_TEXT = 133,
  INPUT_BYTES = 64,
  ID_BYTES = 8
};

/* Links are served first; the sampler's interrupts are long and may wait for them, not the other way round. */
#define PRIORITY_LOW 0x80u

static const uint8_t facts[] = DESCRIPTOR;
static uint8_t *descriptor, *scans, *input;
/* Scans of chunks that made no sense; told with those that found no room. */
static uint32_t broken;

static void put_text(const char *text) {
  uint8_t length = 0;
  while (text[length]) {
    descriptor[RESTART_TEXT + length] = (uint8_t)text[length];
    length++;
  }
  descriptor[RESTART_TEXT_BYTES] = length;
}

static void put_reason(const struct restart_reason *reason) {
  descriptor[RESET_CAUSE] = (uint8_t)reason->cause;
  if (reason->cause == RESTART_TRAP) put_text(wasm_rt_trap_name((wasm_rt_trap_t)reason->detail));
  if (reason->cause == RESTART_WATCHDOG) put_text("main loop stood still for 1 s");
  if (reason->cause == RESTART_FAULT) {
    static const char digits[] = "0123456789abcdef";
    char address[] = "fault at 0x00000000";
    for (uint32_t i = 0; i < 8; i++) address[sizeof address - 2u - i] = digits[reason->detail >> (4u * i) & 15u];
    put_text(address);
  }
}

static void bring_up(void) {
  const struct restart_reason reason = restart_reason();
  clock_begin();
  watchdog_begin();
  Z_core_init_module();
  Z_core_instantiate(&core_instance, 0);
  uint8_t *memory = Z_coreZ_memory(&core_instance)->data;
  descriptor = memory + core_descriptorAt();
  scans = memory + core_scansAt();
  input = memory + core_inputAt();
  __builtin_memcpy(descriptor, facts, sizeof facts);
  __builtin_memcpy(descriptor + FIRMWARE_HASH, image_header.hash, sizeof image_header.hash);
  flash_unique_id(descriptor + BOARD_ID);
  identity_of_boot(descriptor + BOARD_ID, reason.runs, descriptor + BOOT_ID);
  put_reason(&reason);
  pin_output(BOARD_LED, 0);
  REG(NVIC_PRIORITY(IRQ_TIMER0 / 4u)) = PRIORITY_LOW << 8u * (IRQ_TIMER0 % 4u);
  REG(NVIC_PRIORITY(IRQ_DMA0 / 4u)) = PRIORITY_LOW << 8u * (IRQ_DMA0 % 4u);
  REG(NVIC_PRIORITY(IRQ_IO_BANK0 / 4u)) = PRIORITY_LOW << 8u * (IRQ_IO_BANK0 % 4u);
  uart_begin();
  usb_begin(descriptor + BOARD_ID);
  sampler_begin();
  core_begin();
}

static void hear(enum link link, uint32_t (*receive)(uint8_t *, uint32_t)) {
  const uint32_t length = receive(input, INPUT_BYTES);
  if (length > 0) core_received(link, length);
}

/* Tells the module when the port is opened and closed. */
static void watch_usb(void) {
  static uint32_t seen_openings;
  static bool was_open;
  const bool is_open = usb_is_open();
  const uint32_t openings = usb_openings();
  if (was_open && (!is_open || openings != seen_openings)) core_closed(LINK_USB);
  if (is_open && openings != seen_openings) core_opened(LINK_USB);
  seen_openings = openings;
  was_open = is_open;
}

static void take_chunk(const struct chunk *chunk) {
  if (sensor_unpack(chunk->bytes, chunk->scans, scans)) {
    core_chunk(chunk->scans, chunk->us, chunk->bits, chunk->dropped + broken);
    chunk_ring_release();
    return;
  }
  broken += chunk->scans;
  chunk_ring_release();
  sampler_realign();
}

/*
 * Until an interrupt; at once if there was one since the last time, because entry and return of every exception set the
 * event that this waits for (Armv6-M ARM B1.5.18). So nothing has to be masked to be sure that there is nothing to do.
 */
static void sleep(void) {
  __asm volatile("wfe" ::: "memory");
}

int main(void) {
  bring_up();
  for (;;) {
    watchdog_feed();
    watch_usb();
    hear(LINK_UART, uart_receive);
    hear(LINK_USB, usb_receive);
    const struct chunk *chunk = chunk_ring_oldest();
    if (chunk) take_chunk(chunk);
    sampler_poll();
    core_poll(chunk_ring_waiting(), sampler_dropped() + broken);
    if (!chunk && uart_waiting() == 0 && usb_waiting() == 0) sleep();
  }
}
