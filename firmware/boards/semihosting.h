/*
 * Files and exit of the machine that emulates or debugs the board.
 * Source: Arm, "Semihosting for AArch32 and AArch64", operations SYS_OPEN to SYS_EXIT_EXTENDED.
 */
#ifndef SPINDLE_SEMIHOSTING_H
#define SPINDLE_SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

enum semihosting_mode { SEMIHOSTING_READ = 1 /* "rb" */, SEMIHOSTING_WRITE = 5 /* "wb" */ };

/* A handle, or -1. */
int32_t semihosting_open(const char *path, enum semihosting_mode mode);

/* How many of the `length` bytes were read; fewer at the end of the file. */
size_t semihosting_read(int32_t handle, void *to, size_t length);

/* How many of the `length` bytes were written. */
size_t semihosting_write(int32_t handle, const void *from, size_t length);

void semihosting_close(int32_t handle);

/* On the console, which is where QEMU's messages go. */
void semihosting_print(const char *text);

__attribute__((noreturn)) void semihosting_exit(int code);

#endif
