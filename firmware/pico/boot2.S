/*
 * Second stage: the ROM copies these 252 bytes to the top of SRAM, checks the CRC that the build adds, and jumps in with
 * LR = 0. Flash is left in plain serial reads (ROM function CX), which is enough: everything that runs after start-up
 * runs in SRAM.
 */
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .equ ROM_FUNCTION_TABLE, 0x14
  .equ ROM_LOOKUP, 0x18
  .equ ENTER_XIP, 'C' | 'X' << 8

  .section .boot2, "ax", %progbits
  .global boot2
  .thumb_func
boot2:
  movs r3, #ROM_FUNCTION_TABLE
  ldrh r0, [r3]
  ldr  r1, =ENTER_XIP
  ldrh r3, [r3, #ROM_LOOKUP - ROM_FUNCTION_TABLE]
  blx  r3
  blx  r0
  ldr  r0, =flash_vectors
  ldr  r1, =0xe000ed08       /* VTOR */
  str  r0, [r1]
  ldr  r2, [r0]
  msr  msp, r2
  ldr  r0, [r0, #4]
  bx   r0
  .pool
