/* Registers of the RP2040, as many as are used. Source: facts of two published forms (SDK headers and SVD), compared. */
#ifndef SPINDLE_RP2040_H
#define SPINDLE_RP2040_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
/* Aliases of every APB and AHB peripheral register. */
#define REG_SET(address) REG((address) + 0x2000u)
#define REG_CLEAR(address) REG((address) + 0x3000u)

#define XIP_BASE 0x10000000u
#define SSI_BASE 0x18000000u
#define SSI_SR (SSI_BASE + 0x28u)
#define SSI_DR0 (SSI_BASE + 0x60u)
#define SSI_SR_TFNF 2u
#define SSI_SR_RFNE 8u

#define CLOCKS_BASE 0x40008000u
#define CLK_REF_CTRL (CLOCKS_BASE + 0x30u)
#define CLK_REF_SELECTED (CLOCKS_BASE + 0x38u)
#define CLK_SYS_CTRL (CLOCKS_BASE + 0x3cu)
#define CLK_SYS_SELECTED (CLOCKS_BASE + 0x44u)
#define CLK_PERI_CTRL (CLOCKS_BASE + 0x48u)
#define CLK_USB_CTRL (CLOCKS_BASE + 0x54u)
#define CLK_ADC_CTRL (CLOCKS_BASE + 0x60u)
#define CLK_ENABLE (1u << 11)

#define RESETS_BASE 0x4000c000u
#define RESETS_DONE (RESETS_BASE + 8u)
#define RESET_ADC (1u << 0)
#define RESET_DMA (1u << 2)
#define RESET_IO_BANK0 (1u << 5)
#define RESET_PADS_BANK0 (1u << 8)
#define RESET_PLL_SYS (1u << 12)
#define RESET_PLL_USB (1u << 13)
#define RESET_SPI0 (1u << 16)
#define RESET_TIMER (1u << 21)
#define RESET_UART0 (1u << 22)
#define RESET_USB (1u << 24)

#define PSM_WDSEL 0x40010008u
#define PSM_ALL_BUT_OSCILLATORS 0x1fffcu

#define IO_BANK0_BASE 0x40014000u
#define IO_CTRL(pin) (IO_BANK0_BASE + 8u * (pin) + 4u)
#define IO_INTR(pin) (IO_BANK0_BASE + 0xf0u + 4u * ((pin) / 8u))
#define IO_INTE(pin) (IO_BANK0_BASE + 0x100u + 4u * ((pin) / 8u))
#define IO_EDGE_HIGH(pin) (8u << (4u * ((pin) % 8u)))
#define IO_SPI 1u
#define IO_UART 2u
#define IO_SIO 5u
#define IO_NONE 31u

/* Pin 1 of the QSPI bank is the chip-select of the flash; bits 9:8 of its control force it. From memory, not compared. */
#define IO_QSPI_SS_CTRL 0x4001800cu
#define IO_OUTPUT_MASK (3u << 8)
#define IO_OUTPUT_LOW (2u << 8)
#define IO_OUTPUT_HIGH (3u << 8)

#define PADS_BANK0_BASE 0x4001c000u
#define PAD(pin) (PADS_BANK0_BASE + 4u + 4u * (pin))
#define PAD_INPUT (1u << 6)
#define PAD_PULL_DOWN (1u << 2)
#define PAD_SCHMITT (1u << 1)
#define PAD_4_MA (1u << 4)

#define XOSC_BASE 0x40024000u
#define XOSC_STATUS (XOSC_BASE + 4u)
#define XOSC_STARTUP (XOSC_BASE + 0xcu)

#define PLL_SYS_BASE 0x40028000u
#define PLL_USB_BASE 0x4002c000u

#define UART0_BASE 0x40034000u
#define UART_DR UART0_BASE
#define UART_FR (UART0_BASE + 0x18u)
#define UART_IBRD (UART0_BASE + 0x24u)
#define UART_FBRD (UART0_BASE + 0x28u)
#define UART_LCR_H (UART0_BASE + 0x2cu)
#define UART_CR (UART0_BASE + 0x30u)
#define UART_IFLS (UART0_BASE + 0x34u)
#define UART_IMSC (UART0_BASE + 0x38u)
#define UART_ICR (UART0_BASE + 0x44u)
#define UART_FR_TX_FULL (1u << 5)
#define UART_FR_RX_EMPTY (1u << 4)
#define UART_FR_BUSY (1u << 3)
#define UART_INT_RX (1u << 4)
#define UART_INT_TX (1u << 5)
#define UART_INT_RX_TIMEOUT (1u << 6)

#define SPI0_BASE 0x4003c000u
#define SPI_CR0 SPI0_BASE
#define SPI_CR1 (SPI0_BASE + 4u)
#define SPI_DR (SPI0_BASE + 8u)
#define SPI_SR (SPI0_BASE + 0xcu)
#define SPI_CPSR (SPI0_BASE + 0x10u)
#define SPI_DMACR (SPI0_BASE + 0x24u)
#define SPI_SR_TX_NOT_FULL 2u
#define SPI_SR_RX_NOT_EMPTY 4u

#define ADC_BASE 0x4004c000u
#define ADC_CS ADC_BASE
#define ADC_RESULT (ADC_BASE + 4u)

#define TIMER_BASE 0x40054000u
#define TIMER_ALARM0 (TIMER_BASE + 0x10u)
#define TIMER_RAW_HIGH (TIMER_BASE + 0x24u)
#define TIMER_RAW_LOW (TIMER_BASE + 0x28u)
#define TIMER_INTR (TIMER_BASE + 0x34u)
#define TIMER_INTE (TIMER_BASE + 0x38u)

#define WATCHDOG_BASE 0x40058000u
#define WATCHDOG_CTRL WATCHDOG_BASE
#define WATCHDOG_LOAD (WATCHDOG_BASE + 4u)
#define WATCHDOG_REASON (WATCHDOG_BASE + 8u)
#define WATCHDOG_SCRATCH(n) (WATCHDOG_BASE + 0xcu + 4u * (n))
#define WATCHDOG_TICK (WATCHDOG_BASE + 0x2cu)

#define ROSC_RANDOM_BIT 0x4006001cu
/* Bit 8 power-on, bit 16 RUN pin. From memory, not compared. */
#define CHIP_RESET 0x40064008u

#define DMA_BASE 0x50000000u
#define DMA_READ(channel) (DMA_BASE + 0x40u * (channel))
#define DMA_WRITE(channel) (DMA_BASE + 0x40u * (channel) + 4u)
#define DMA_COUNT(channel) (DMA_BASE + 0x40u * (channel) + 8u)
#define DMA_START(channel) (DMA_BASE + 0x40u * (channel) + 0xcu)
#define DMA_INTE0 (DMA_BASE + 0x404u)
#define DMA_INTS0 (DMA_BASE + 0x40cu)
#define DMA_ABORT (DMA_BASE + 0x444u)
#define DMA_ON 1u
#define DMA_INCREMENT_WRITE (1u << 5)
#define DMA_CHAIN(channel) ((channel) << 11)
#define DMA_REQUEST(request) ((request) << 15)
#define DMA_QUIET (1u << 21)
#define DMA_BUSY (1u << 24)
#define DREQ_SPI0_TX 16u
#define DREQ_SPI0_RX 17u

#define USB_DPRAM 0x50100000u
#define USB_BASE 0x50110000u

#define SIO_BASE 0xd0000000u
#define SIO_IN (SIO_BASE + 4u)
#define SIO_OUT_SET (SIO_BASE + 0x14u)
#define SIO_OUT_CLEAR (SIO_BASE + 0x18u)
#define SIO_OE_SET (SIO_BASE + 0x24u)

#define SYSTICK_CSR 0xe000e010u
#define NVIC_ENABLE 0xe000e100u
#define NVIC_DISABLE 0xe000e180u
#define NVIC_CLEAR_PENDING 0xe000e280u
#define NVIC_PRIORITY(group) (0xe000e400u + 4u * (group))
#define VTOR 0xe000ed08u

#define IRQ_TIMER0 0u
#define IRQ_USB 5u
#define IRQ_DMA0 11u
#define IRQ_IO_BANK0 13u
#define IRQ_UART0 20u

#endif
