/* Plays a tape (tape.ts) to the node's logic as C: what it sends comes out as link, kind, length and bytes. */
#include <string.h>

#include "core-exports.h"
#include "play.h"

enum { HEAD_BYTES = 40, ANSWER_BYTES = 12, MOST_BYTES = 1024 };
enum { BEGIN = 1, CHUNK, RECEIVED, OPENED, CLOSED, POLL };
enum { MICROSECONDS = 1, TRANSMIT, SENSOR, SAVE, LOAD, RESTART };

Z_core_instance_t core_instance;

static const char *problem;
static uint32_t answers_left;
static uint8_t answer_bytes[MOST_BYTES];
static uint32_t answer_length;

static uint64_t number(const uint8_t *at, int bytes) {
  uint64_t value = 0;
  while (bytes > 0) value = value << 8 | at[--bytes];
  return value;
}

static uint64_t answer(uint32_t kind) {
  uint8_t head[ANSWER_BYTES];
  if (problem) return 0;
  if (answers_left == 0 || play_read(head, sizeof head) != sizeof head || number(head, 2) != kind) {
    problem = "the board is asked for something else than what is on the tape";
    return 0;
  }
  answers_left--;
  answer_length = (uint32_t)number(head + 2, 2);
  if (answer_length > sizeof answer_bytes || play_read(answer_bytes, answer_length) != answer_length)
    problem = "the tape ends in an answer";
  return number(head + 4, 8);
}

static uint8_t *memory(uint32_t at) {
  return Z_coreZ_memory(&core_instance)->data + at;
}

u64 Z_boardZ_microseconds(struct Z_board_instance_t *board) {
  (void)board;
  return answer(MICROSECONDS);
}

u32 Z_boardZ_transmit(struct Z_board_instance_t *board, u32 link, u32 at, u32 length, u32 kind) {
  const uint8_t head[] = {(uint8_t)link, (uint8_t)kind, (uint8_t)length, (uint8_t)(length >> 8)};
  (void)board;
  const u32 is_taken = (u32)answer(TRANSMIT);
  if (is_taken) {
    play_write(head, sizeof head);
    play_write(memory(at), length);
  }
  return is_taken;
}

u32 Z_boardZ_sensor(struct Z_board_instance_t *board, u32 operation, u32 argument) {
  (void)board, (void)operation, (void)argument;
  return (u32)answer(SENSOR);
}

u32 Z_boardZ_save(struct Z_board_instance_t *board, u32 at, u32 length) {
  (void)board, (void)at, (void)length;
  return (u32)answer(SAVE);
}

u32 Z_boardZ_load(struct Z_board_instance_t *board, u32 at, u32 capacity) {
  (void)board, (void)capacity;
  const u32 length = (u32)answer(LOAD);
  memcpy(memory(at), answer_bytes, answer_length);
  return length;
}

void Z_boardZ_restart(struct Z_board_instance_t *board, u32 kind) {
  (void)board, (void)kind;
  answer(RESTART);
}

const char *play_trapped(wasm_rt_trap_t trap) {
  return wasm_rt_trap_name(trap);
}

const char *play(void) {
  uint8_t head[HEAD_BYTES];
  Z_core_init_module();
  Z_core_instantiate(&core_instance, 0);
  while (play_read(head, sizeof head) == sizeof head) {
    const uint32_t kind = (uint32_t)number(head, 2), length = (uint32_t)number(head + 2, 2);
    const uint64_t a = number(head + 8, 8), b = number(head + 16, 8), c = number(head + 24, 8), d = number(head + 32, 8);
    static uint8_t bytes[MOST_BYTES];
    if (length > sizeof bytes || play_read(bytes, length) != length) return "the tape ends in a call";
    answers_left = (uint32_t)number(head + 4, 4);
    const uint32_t to = kind == BEGIN ? core_descriptorAt() : kind == CHUNK ? core_scansAt() : core_inputAt();
    memcpy(memory(to), bytes, length);
    if (kind == BEGIN) core_begin();
    if (kind == CHUNK) core_chunk((u32)a, b, (u32)c, (u32)d);
    if (kind == RECEIVED) core_received((u32)a, length);
    if (kind == OPENED) core_opened((u32)a);
    if (kind == CLOSED) core_closed((u32)a);
    if (kind == POLL) core_poll((u32)a, (u32)b);
    if (!problem && answers_left != 0) problem = "the board is asked for less than what is on the tape";
    if (problem) return problem;
  }
  return NULL;
}
