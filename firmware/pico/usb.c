/* A CDC ACM device, full speed: control endpoint 0, notification 1 IN (never used), data 2 IN and 2 OUT. */
#include "byte-ring.h"
#include "facts.h"
#include "link.h"
#include "rp2040.h"

#ifndef USB_TX_BYTES
#define USB_TX_BYTES 16384
#endif

enum { TX_BYTES = USB_TX_BYTES, RX_BYTES = 1024, PACKET_BYTES = 64, SERIAL_DIGITS = 16 };

#define USB_ADDRESS USB_BASE
#define USB_MAIN_CTRL (USB_BASE + 0x40u)
#define USB_SIE_CTRL (USB_BASE + 0x4cu)
#define USB_SIE_STATUS (USB_BASE + 0x50u)
#define USB_BUFF_STATUS (USB_BASE + 0x58u)
#define USB_STALL_ARM (USB_BASE + 0x68u)
#define USB_MUXING (USB_BASE + 0x74u)
#define USB_PWR (USB_BASE + 0x78u)
#define USB_INTE (USB_BASE + 0x90u)
#define USB_INTS (USB_BASE + 0x98u)

#define SIE_INTERRUPT_PER_BUFFER (1u << 29)
#define SIE_PULL_UP (1u << 16)
#define SIE_BUS_RESET (1u << 19)
#define SIE_SETUP (1u << 17)
#define INT_BUFFER (1u << 4)
#define INT_BUS_RESET (1u << 12)
#define INT_SETUP (1u << 16)

/* Buffer control words. */
#define CONTROL_IN(endpoint) (USB_DPRAM + 0x80u + 8u * (endpoint))
#define CONTROL_OUT(endpoint) (USB_DPRAM + 0x84u + 8u * (endpoint))
#define FULL (1u << 15)
#define DATA1 (1u << 13)
#define STALL (1u << 11)
#define AVAILABLE (1u << 10)
#define LENGTH_MASK 0x3ffu
/* Bits of BUFF_STATUS. */
#define DONE_IN(endpoint) (1u << (2u * (endpoint)))
#define DONE_OUT(endpoint) (2u << (2u * (endpoint)))

/* Endpoint control words of 1 and up, and where their buffers stand. */
#define ENDPOINT_IN(endpoint) (USB_DPRAM + 8u * (endpoint))
#define ENDPOINT_OUT(endpoint) (USB_DPRAM + 8u * (endpoint) + 4u)
#define ENDPOINT_ON (1u << 31 | 1u << 29)
#define ENDPOINT_BULK (2u << 26)
#define ENDPOINT_INTERRUPT (3u << 26)
#define BUFFER_0 0x100u
#define BUFFER_NOTIFY 0x180u
#define BUFFER_IN 0x1c0u
#define BUFFER_OUT 0x200u
#define BUFFERS_BEGIN 0x180u

enum { EP_NOTIFY = 1, EP_DATA = 2 };

/* Requests (USB 2.0 table 9-4; CDC PSTN 1.2 table 13). */
enum {
  GET_STATUS = 0,
  CLEAR_FEATURE = 1,
  SET_FEATURE = 3,
  SET_ADDRESS = 5,
  GET_DESCRIPTOR = 6,
  GET_CONFIGURATION = 8,
  SET_CONFIGURATION = 9,
  SET_INTERFACE = 11,
  SET_LINE_CODING = 0x20,
  GET_LINE_CODING = 0x21,
  SET_CONTROL_LINE_STATE = 0x22
};
enum { TYPE_MASK = 0x60, TYPE_STANDARD = 0, TYPE_CLASS = 0x20, TO_HOST = 0x80 };
enum { DESCRIPTOR_DEVICE = 1, DESCRIPTOR_CONFIGURATION = 2, DESCRIPTOR_STRING = 3 };
enum { STRING_LANGUAGES, STRING_MAKER, STRING_PRODUCT, STRING_SERIAL, STRINGS };

#define LOW(value) ((value)&0xffu)
#define HIGH(value) ((value) >> 8)

static const uint8_t device_descriptor[] = {
    18, DESCRIPTOR_DEVICE, 0x00, 0x02, 0xef, 2, 1, PACKET_BYTES, /* interface association */
    LOW(BOARD_USB_VENDOR), HIGH(BOARD_USB_VENDOR), LOW(BOARD_USB_PRODUCT), HIGH(BOARD_USB_PRODUCT),
    0x00, 0x01, STRING_MAKER, STRING_PRODUCT, STRING_SERIAL, 1};

static const uint8_t configuration_descriptor[] = {
    9, DESCRIPTOR_CONFIGURATION, 75, 0, 2, 1, 0, 0x80, 50, /* bus powered, 100 mA */
    8, 11, 0, 2, 2, 2, 0, 0,                               /* both interfaces are one function */
    9, 4, 0, 0, 1, 2, 2, 0, 0,                             /* communication, ACM */
    5, 0x24, 0, 0x10, 0x01,                                /* CDC 1.10 */
    5, 0x24, 1, 0, 1,                                      /* no call management */
    4, 0x24, 2, 2,                                         /* line coding and state */
    5, 0x24, 6, 0, 1,                                      /* union */
    7, 5, 0x80 | EP_NOTIFY, 3, 8, 0, 16,
    9, 4, 1, 0, 2, 10, 0, 0, 0,                            /* data */
    7, 5, EP_DATA, 2, PACKET_BYTES, 0, 0,
    7, 5, 0x80 | EP_DATA, 2, PACKET_BYTES, 0, 0};

_Static_assert(sizeof configuration_descriptor == 75, "its own length");

static char serial[SERIAL_DIGITS + 1];
static const char *const strings[STRINGS] = {0, "Spindle", "Spindle " SENSOR_NAME " node", serial};

static uint8_t tx_bytes[TX_BYTES], rx_bytes[RX_BYTES];
static struct byte_ring tx = {tx_bytes, TX_BYTES, 0, 0}, rx = {rx_bytes, RX_BYTES, 0, 0};

/* Line coding is kept and means nothing: there is no line. */
static uint8_t line_coding[7] = {0x00, 0x10, 0x0e, 0, 0, 0, 8}; /* 921 600 8N1 */

static uint8_t reply[2 + 2 * 32];
static const uint8_t *control_from;
static uint32_t control_left;
/* What ends with a full packet before the host has all that it asked for needs an empty one. */
static bool control_needs_empty, control_is_in, expects_line_coding;
static uint8_t control_data1;
static uint8_t new_address;
static bool is_configured;
static uint8_t in_data1, out_data1;
static bool in_is_busy, in_ends_full, out_is_held;
static volatile bool is_open;
static volatile uint32_t openings;

/* AVAILABLE goes in by a write of its own, 12 cycles after the rest (RP2040 data sheet 4.1.2.5.1). */
static void give(uint32_t control, uint32_t word) {
  REG(control) = word;
  __asm volatile("b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1:" ::: "memory");
  REG(control) = word | AVAILABLE;
}

static void copy_out(uint32_t buffer, const uint8_t *from, uint32_t length) {
  volatile uint8_t *to = (volatile uint8_t *)(uintptr_t)(USB_DPRAM + buffer);
  for (uint32_t i = 0; i < length; i++) to[i] = from[i];
}

static void stall_control(void) {
  REG(USB_STALL_ARM) = 3;
  REG(CONTROL_IN(0)) = STALL;
  REG(CONTROL_OUT(0)) = STALL;
}

static void control_in_packet(void) {
  const uint32_t length = control_left < PACKET_BYTES ? control_left : PACKET_BYTES;
  copy_out(BUFFER_0, control_from, length);
  control_from += length;
  control_left -= length;
  give(CONTROL_IN(0), FULL | (control_data1 ? DATA1 : 0u) | length);
  control_data1 ^= 1u;
}

static void control_reply(const uint8_t *from, uint32_t length, uint32_t asked) {
  control_from = from;
  control_left = length < asked ? length : asked;
  control_needs_empty = length < asked && length % PACKET_BYTES == 0;
  control_is_in = true;
  control_in_packet();
}

static void control_status_in(void) {
  control_is_in = false;
  control_left = 0;
  give(CONTROL_IN(0), FULL | DATA1);
}

static uint32_t string_descriptor(uint32_t index) {
  uint32_t length = 2;
  if (index == STRING_LANGUAGES) {
    reply[length++] = 0x09; /* English, United States */
    reply[length++] = 0x04;
  } else if (index < STRINGS) {
    for (const char *from = strings[index]; *from && length < sizeof reply; from++) {
      reply[length++] = (uint8_t)*from;
      reply[length++] = 0;
    }
  } else {
    return 0;
  }
  reply[0] = (uint8_t)length;
  reply[1] = DESCRIPTOR_STRING;
  return length;
}

static void send_descriptor(uint32_t kind, uint32_t index, uint32_t asked) {
  if (kind == DESCRIPTOR_DEVICE) {
    control_reply(device_descriptor, sizeof device_descriptor, asked);
  } else if (kind == DESCRIPTOR_CONFIGURATION) {
    control_reply(configuration_descriptor, sizeof configuration_descriptor, asked);
  } else {
    const uint32_t length = kind == DESCRIPTOR_STRING ? string_descriptor(index) : 0;
    if (length > 0)
      control_reply(reply, length, asked);
    else
      stall_control();
  }
}

static void listen(void) {
  out_is_held = byte_ring_free(&rx) < PACKET_BYTES;
  if (out_is_held) return; /* usb_receive makes room */
  give(CONTROL_OUT(EP_DATA), (out_data1 ? DATA1 : 0u) | PACKET_BYTES);
  out_data1 ^= 1u;
}

static void send_packet(void) {
  const uint32_t used = byte_ring_used(&tx);
  if (in_is_busy || !is_configured || (used == 0 && !in_ends_full)) return;
  union {
    uint8_t bytes[PACKET_BYTES];
    uint32_t words[PACKET_BYTES / 4];
  } packet;
  const uint32_t length = byte_ring_read(&tx, packet.bytes, PACKET_BYTES);
  for (uint32_t i = 0; i < (length + 3u) / 4u; i++) REG(USB_DPRAM + BUFFER_IN + 4u * i) = packet.words[i];
  in_ends_full = length == PACKET_BYTES; /* the host's read ends with a short packet, if only an empty one */
  in_is_busy = true;
  give(CONTROL_IN(EP_DATA), FULL | (in_data1 ? DATA1 : 0u) | length);
  in_data1 ^= 1u;
}

static void set_open(bool open) {
  if (open && !is_open) {
    byte_ring_clear(&tx); /* of a port that was closed before */
    openings = openings + 1u;
  }
  is_open = open;
}

static void configure(void) {
  is_configured = true;
  in_data1 = out_data1 = 0;
  in_is_busy = in_ends_full = false;
  REG(ENDPOINT_IN(EP_NOTIFY)) = ENDPOINT_ON | ENDPOINT_INTERRUPT | BUFFER_NOTIFY;
  REG(ENDPOINT_IN(EP_DATA)) = ENDPOINT_ON | ENDPOINT_BULK | BUFFER_IN;
  REG(ENDPOINT_OUT(EP_DATA)) = ENDPOINT_ON | ENDPOINT_BULK | BUFFER_OUT;
  listen();
}

static void setup(void) {
  uint8_t packet[8];
  for (uint32_t i = 0; i < sizeof packet; i++) packet[i] = *(volatile uint8_t *)(uintptr_t)(USB_DPRAM + i);
  const uint8_t type = packet[0], request = packet[1];
  const uint32_t value = packet[2] | (uint32_t)packet[3] << 8;
  const uint32_t asked = packet[6] | (uint32_t)packet[7] << 8;
  control_data1 = 1;
  expects_line_coding = false;
  if ((type & TYPE_MASK) == TYPE_STANDARD) {
    switch (request) {
      case GET_DESCRIPTOR:
        send_descriptor(value >> 8, value & 0xffu, asked);
        return;
      case SET_ADDRESS:
        new_address = (uint8_t)value; /* after the status stage */
        control_status_in();
        return;
      case SET_CONFIGURATION:
        if (value != 0) configure();
        control_status_in();
        return;
      case GET_CONFIGURATION:
        reply[0] = is_configured;
        control_reply(reply, 1, asked);
        return;
      case GET_STATUS:
        reply[0] = reply[1] = 0;
        control_reply(reply, 2, asked);
        return;
      case CLEAR_FEATURE:
      case SET_FEATURE:
      case SET_INTERFACE:
        control_status_in();
        return;
      default:
        break;
    }
  } else if ((type & TYPE_MASK) == TYPE_CLASS) {
    switch (request) {
      case SET_LINE_CODING:
        expects_line_coding = true;
        give(CONTROL_OUT(0), DATA1 | PACKET_BYTES);
        return;
      case GET_LINE_CODING:
        control_reply(line_coding, sizeof line_coding, asked);
        return;
      case SET_CONTROL_LINE_STATE:
        set_open((value & 1u) != 0);
        control_status_in();
        return;
      default:
        break;
    }
  }
  stall_control();
}

static void control_in_done(void) {
  if (new_address != 0) {
    REG(USB_ADDRESS) = new_address;
    new_address = 0;
  }
  if (!control_is_in) return;
  if (control_left > 0 || control_needs_empty) {
    if (control_left == 0) control_needs_empty = false;
    control_in_packet();
    return;
  }
  control_is_in = false;
  give(CONTROL_OUT(0), DATA1 | PACKET_BYTES); /* status stage */
}

static void control_out_done(void) {
  if (!expects_line_coding) return;
  expects_line_coding = false;
  for (uint32_t i = 0; i < sizeof line_coding; i++)
    line_coding[i] = *(volatile uint8_t *)(uintptr_t)(USB_DPRAM + BUFFER_0 + i);
  control_status_in();
}

static void heard(void) {
  uint8_t packet[PACKET_BYTES];
  uint32_t length = REG(CONTROL_OUT(EP_DATA)) & LENGTH_MASK;
  if (length > PACKET_BYTES) length = PACKET_BYTES;
  for (uint32_t i = 0; i < length; i++) packet[i] = *(volatile uint8_t *)(uintptr_t)(USB_DPRAM + BUFFER_OUT + i);
  byte_ring_write(&rx, packet, length); /* there is room, or it would not have been asked for */
  listen();
}

static void bus_reset(void) {
  REG(USB_ADDRESS) = 0;
  new_address = 0;
  is_configured = false;
  in_is_busy = in_ends_full = false;
  control_is_in = expects_line_coding = false;
  control_left = 0;
  set_open(false);
}

void usb_interrupt(void) {
  const uint32_t status = REG(USB_INTS);
  if (status & INT_BUS_RESET) {
    REG(USB_SIE_STATUS) = SIE_BUS_RESET;
    bus_reset();
  }
  if (status & INT_BUFFER) {
    const uint32_t done = REG(USB_BUFF_STATUS);
    REG(USB_BUFF_STATUS) = done;
    __asm volatile("dmb" ::: "memory"); /* before a buffer is given again */
    if (done & DONE_IN(0)) control_in_done();
    if (done & DONE_OUT(0)) control_out_done();
    if (done & DONE_IN(EP_DATA)) {
      in_is_busy = false;
      send_packet();
    }
    if (done & DONE_OUT(EP_DATA)) heard();
  }
  if (status & INT_SETUP) {
    REG(USB_SIE_STATUS) = SIE_SETUP;
    setup();
  }
}

void usb_begin(const uint8_t board_id[8]) {
  static const char digits[] = "0123456789ABCDEF";
  for (uint32_t i = 0; i < SERIAL_DIGITS; i++) serial[i] = digits[board_id[i / 2u] >> (i % 2u ? 0u : 4u) & 15u];
  REG_SET(RESETS_BASE) = RESET_USB;
  REG_CLEAR(RESETS_BASE) = RESET_USB;
  while (!(REG(RESETS_DONE) & RESET_USB)) {
  }
  for (uint32_t at = 0; at < BUFFERS_BEGIN; at += 4u) REG(USB_DPRAM + at) = 0;
  REG(USB_MUXING) = 1u | 8u;        /* to the PHY, soft connect */
  REG(USB_PWR) = 1u << 3 | 1u << 2; /* VBUS is there: it powers the board */
  REG(USB_MAIN_CTRL) = 1;
  REG(USB_SIE_CTRL) = SIE_INTERRUPT_PER_BUFFER;
  REG(USB_INTE) = INT_BUFFER | INT_BUS_RESET | INT_SETUP;
  REG(NVIC_ENABLE) = 1u << IRQ_USB;
  REG_SET(USB_SIE_CTRL) = SIE_PULL_UP;
}

static void hold(void) {
  REG(NVIC_DISABLE) = 1u << IRQ_USB;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

static void go_on(void) {
  REG(NVIC_ENABLE) = 1u << IRQ_USB;
}

bool usb_send(const uint8_t *from, uint32_t length, uint32_t reserve) {
  if (!is_open || byte_ring_free(&tx) < length + reserve || !byte_ring_write(&tx, from, length)) return false;
  hold();
  send_packet();
  go_on();
  return true;
}

uint32_t usb_receive(uint8_t *to, uint32_t capacity) {
  const uint32_t length = byte_ring_read(&rx, to, capacity);
  if (out_is_held) {
    hold();
    if (out_is_held && is_configured) listen();
    go_on();
  }
  return length;
}

uint32_t usb_waiting(void) {
  return byte_ring_used(&rx);
}

bool usb_is_idle(void) {
  return byte_ring_used(&tx) == 0 && !in_is_busy;
}

bool usb_is_open(void) {
  return is_open;
}

uint32_t usb_openings(void) {
  return openings;
}
