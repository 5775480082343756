/* The player as a program: tape on standard input, answers on standard output. Exit 1 with the reason on stderr. */
#include <stdio.h>
#include <stdlib.h>

#include "play.h"

size_t play_read(void *to, size_t length) {
  return fread(to, 1, length, stdin);
}

static void fail(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  exit(1);
}

void play_write(const void *from, size_t length) {
  if (fwrite(from, 1, length, stdout) != length) fail("the answers cannot be written");
}

void board_trapped(wasm_rt_trap_t trap) {
  fail(play_trapped(trap));
}

int main(void) {
  const char *problem = play();
  if (problem != NULL) fail(problem);
  if (fflush(stdout) != 0) fail("the answers cannot be written");
  return 0;
}
