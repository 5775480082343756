/* The two ways to the host. Both have the same three functions; numbers as in core-wasm/node/board.ts. */
#ifndef SPINDLE_LINK_H
#define SPINDLE_LINK_H

#include <stdbool.h>
#include <stdint.h>

enum link { LINK_UART, LINK_USB, LINKS };

/* Room that blocks leave for what must not be dropped. */
#define LINK_RESERVE_BYTES 512u

void uart_begin(void);
/* All of it or nothing. */
bool uart_send(const uint8_t *from, uint32_t length, uint32_t reserve);
uint32_t uart_receive(uint8_t *to, uint32_t capacity);
/* Bytes that uart_receive would give. */
uint32_t uart_waiting(void);
/* Nothing waits and nothing is on the line. */
bool uart_is_idle(void);

void usb_begin(const uint8_t board_id[8]);
bool usb_send(const uint8_t *from, uint32_t length, uint32_t reserve);
uint32_t usb_receive(uint8_t *to, uint32_t capacity);
uint32_t usb_waiting(void);
bool usb_is_idle(void);
/* A terminal holds the port open (DTR). */
bool usb_is_open(void);
/* Times that it was opened since boot. */
uint32_t usb_openings(void);

#endif
