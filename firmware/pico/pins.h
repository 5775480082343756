/* Pins of the chip. */
#ifndef SPINDLE_PINS_H
#define SPINDLE_PINS_H

#include <stdint.h>

#include "rp2040.h"

static inline void pin_function(uint32_t pin, uint32_t function) {
  REG(PAD(pin)) = PAD_INPUT | PAD_4_MA | PAD_SCHMITT;
  REG(IO_CTRL(pin)) = function;
}

static inline void pin_output(uint32_t pin, uint32_t level) {
  REG(level ? SIO_OUT_SET : SIO_OUT_CLEAR) = 1u << pin;
  REG(SIO_OE_SET) = 1u << pin;
  pin_function(pin, IO_SIO);
}

static inline void pin_set(uint32_t pin) {
  REG(SIO_OUT_SET) = 1u << pin;
}

static inline void pin_clear(uint32_t pin) {
  REG(SIO_OUT_CLEAR) = 1u << pin;
}

/* An input that is low while nothing drives it. */
static inline void pin_input(uint32_t pin) {
  REG(PAD(pin)) = PAD_INPUT | PAD_PULL_DOWN | PAD_SCHMITT;
  REG(IO_CTRL(pin)) = IO_SIO;
}

#endif
