#include "facts.h"
#include "byte-ring.h"
#include "link.h"
#include "pins.h"
#include "rp2040.h"

enum { TX_BYTES = 8192, RX_BYTES = 512 };

#define LCR_8_BITS (3u << 5)
#define LCR_FIFOS (1u << 4)
#define CR_ON 1u
#define CR_TX (1u << 8)
#define CR_RX (1u << 9)
/* Interrupt when the transmit FIFO is half empty and when the receive FIFO is a quarter full. */
#define IFLS_TX_HALF 2u
#define IFLS_RX_QUARTER (1u << 3)

static uint8_t tx_bytes[TX_BYTES], rx_bytes[RX_BYTES];
static struct byte_ring tx = {tx_bytes, TX_BYTES, 0, 0}, rx = {rx_bytes, RX_BYTES, 0, 0};

void uart_begin(void) {
  /* 64ths of a divisor, rounded: 8 + 31/64 for 921 600 baud */
  const uint32_t divisor = (BOARD_SYSTEM_HZ * 8u / BOARD_UART_BAUD + 1u) / 2u;
  pin_function(BOARD_UART_TX, IO_UART);
  pin_function(BOARD_UART_RX, IO_UART);
  REG(UART_IBRD) = divisor / 64u;
  REG(UART_FBRD) = divisor % 64u;
  REG(UART_LCR_H) = LCR_8_BITS | LCR_FIFOS; /* takes the divisors over */
  REG(UART_IFLS) = IFLS_TX_HALF | IFLS_RX_QUARTER;
  REG(UART_CR) = CR_ON | CR_TX | CR_RX;
  REG(UART_IMSC) = UART_INT_RX | UART_INT_RX_TIMEOUT;
  REG(NVIC_ENABLE) = 1u << IRQ_UART0;
}

/* Tops the transmit FIFO up; its interrupt is on only while bytes wait. */
static void feed(void) {
  while (byte_ring_used(&tx) > 0 && !(REG(UART_FR) & UART_FR_TX_FULL)) {
    uint8_t byte;
    byte_ring_read(&tx, &byte, 1);
    REG(UART_DR) = byte;
  }
  REG(UART_IMSC) = UART_INT_RX | UART_INT_RX_TIMEOUT | (byte_ring_used(&tx) > 0 ? UART_INT_TX : 0u);
}

void uart_interrupt(void) {
  while (!(REG(UART_FR) & UART_FR_RX_EMPTY)) {
    const uint8_t byte = (uint8_t)REG(UART_DR);
    byte_ring_write(&rx, &byte, 1); /* no room: the message fails its CRC, which is counted */
  }
  REG(UART_ICR) = UART_INT_RX | UART_INT_RX_TIMEOUT | UART_INT_TX;
  feed();
}

bool uart_send(const uint8_t *from, uint32_t length, uint32_t reserve) {
  if (byte_ring_free(&tx) < length + reserve || !byte_ring_write(&tx, from, length)) return false;
  REG(NVIC_DISABLE) = 1u << IRQ_UART0;
  __asm volatile("dsb\n\tisb" ::: "memory");
  feed();
  REG(NVIC_ENABLE) = 1u << IRQ_UART0;
  return true;
}

uint32_t uart_receive(uint8_t *to, uint32_t capacity) {
  return byte_ring_read(&rx, to, capacity);
}

uint32_t uart_waiting(void) {
  return byte_ring_used(&rx);
}

bool uart_is_idle(void) {
  return byte_ring_used(&tx) == 0 && !(REG(UART_FR) & UART_FR_BUSY);
}
