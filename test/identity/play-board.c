/* The player on an emulated board: reads the file `tape`, writes the file `answers`, both by semihosting. */
#include <string.h>

#include "play.h"
#include "semihosting.h"

/* A call to the emulator stops it, so bytes go in large pieces. */
enum { PIECE = 65536 };

static uint8_t tape_piece[PIECE], answers_piece[PIECE];
static size_t tape_at, tape_end, answers_end;
static int32_t tape, answers;

static void fail(const char *reason) {
  semihosting_print(reason);
  semihosting_print("\n");
  semihosting_exit(1);
}

size_t play_read(void *to, size_t length) {
  size_t done = 0;
  while (done < length) {
    if (tape_at == tape_end) {
      tape_at = 0;
      tape_end = semihosting_read(tape, tape_piece, PIECE);
      if (tape_end == 0) break;
    }
    const size_t left = tape_end - tape_at, wanted = length - done, part = left < wanted ? left : wanted;
    memcpy((uint8_t *)to + done, tape_piece + tape_at, part);
    tape_at += part;
    done += part;
  }
  return done;
}

static void flush(void) {
  if (semihosting_write(answers, answers_piece, answers_end) != answers_end) fail("the answers cannot be written");
  answers_end = 0;
}

void play_write(const void *from, size_t length) {
  for (size_t done = 0; done < length;) {
    const size_t room = PIECE - answers_end, wanted = length - done, part = room < wanted ? room : wanted;
    memcpy(answers_piece + answers_end, (const uint8_t *)from + done, part);
    answers_end += part;
    done += part;
    if (answers_end == PIECE) flush();
  }
}

void board_trapped(wasm_rt_trap_t trap) {
  fail(play_trapped(trap));
}

int main(void) {
  tape = semihosting_open("tape", SEMIHOSTING_READ);
  answers = semihosting_open("answers", SEMIHOSTING_WRITE);
  if (tape < 0 || answers < 0) fail("the files tape and answers cannot be opened");
  const char *problem = play();
  if (problem != NULL) fail(problem);
  flush();
  semihosting_close(answers);
  return 0;
}
