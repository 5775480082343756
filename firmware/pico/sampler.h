/* Takes scans out of the sensor's FIFO when its watermark says so, and puts them into the chunk ring. */
#ifndef SPINDLE_SAMPLER_H
#define SPINDLE_SAMPLER_H

#include <stdint.h>

void sampler_begin(void);

/* SENSOR_START and SENSOR_STOP of core-wasm/node/board.ts: after a stop all that was sampled is in the ring. */
uint32_t sampler_start(void);
void sampler_stop(void);

/* From the main loop, often: notices an edge that never came and a transfer that never ended. */
void sampler_poll(void);

/* What was read makes no sense: from the next anchor on. */
void sampler_realign(void);

/* Keeps the interrupts off the bus meanwhile. */
void sampler_hold(void);
void sampler_go_on(void);

/* Scans that found no room in the ring, since boot. */
uint32_t sampler_dropped(void);

#endif
