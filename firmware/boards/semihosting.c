#include "semihosting.h"

#include <string.h>

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_EXIT_EXTENDED = 0x20,
  APPLICATION_EXIT = 0x20026
};

static uint32_t call(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

int32_t semihosting_open(const char *path, enum semihosting_mode mode) {
  const uint32_t block[] = {(uint32_t)(uintptr_t)path, (uint32_t)mode, (uint32_t)strlen(path)};
  return (int32_t)call(SYS_OPEN, block);
}

/* Both answer with the number of bytes that were not transferred. */
static size_t transfer(uint32_t operation, int32_t handle, const void *bytes, size_t length) {
  const uint32_t block[] = {(uint32_t)handle, (uint32_t)(uintptr_t)bytes, (uint32_t)length};
  const uint32_t left = call(operation, block);
  return left > length ? 0 : length - left;
}

size_t semihosting_read(int32_t handle, void *to, size_t length) {
  return transfer(SYS_READ, handle, to, length);
}

size_t semihosting_write(int32_t handle, const void *from, size_t length) {
  return transfer(SYS_WRITE, handle, from, length);
}

void semihosting_close(int32_t handle) {
  const uint32_t block[] = {(uint32_t)handle};
  call(SYS_CLOSE, block);
}

void semihosting_print(const char *text) {
  call(SYS_WRITE0, text);
}

void semihosting_exit(int code) {
  const uint32_t block[] = {APPLICATION_EXIT, (uint32_t)code};
  for (;;) call(SYS_EXIT_EXTENDED, block);
}
