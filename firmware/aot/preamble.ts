/**
 * The text that Debian's wasm2c 1.0.32 puts before every module, and what it becomes for a fixed memory. Everything the
 * hardening changes or relies on stands here: a preamble that differs in one character is refused (harden.ts).
 */

/** The first line behind the preamble. */
export const BODY_BEGINS = 'static bool s_module_initialized = false;';

/** SHA-256 of the whole preamble with `core.h` as header: nothing in it may be other than what was read and tested. */
export const PREAMBLE_SHA256 = '295d74ba2c596b8a86ab753ce3db1fe78377248c87b48090b8cccb0b6c51b120';

export interface Piece {
  /** What the piece does, for messages. */
  what: string;
  /** Its text, or its first and last line. Found exactly once. */
  from: string | { first: string; last: string };
  to: string;
}

/** In the order of the text. */
export const PIECES: readonly Piece[] = [
  {
    // 64-bit sums for run-time lengths: an offset and a length of 32 bits each may not wrap
    what: 'range check of bulk operations',
    from: `#define RANGE_CHECK(mem, offset, len)               \\
  if (UNLIKELY(offset + (uint64_t)len > mem->size)) \\
    TRAP(OOB);
`,
    to: `#define MEMORY_CHECK(offset, length)                                        \\
  if (UNLIKELY((u64)(offset) + (u64)(length) > (u64)WASM_MEMORY_BYTES))     \\
    TRAP(OOB);
`,
  },
  {
    // base and constant offset apart: one 32-bit comparison with a constant, and no sum that could wrap
    what: 'range check of loads and stores',
    from: `#if WASM_RT_MEMCHECK_SIGNAL_HANDLER
#define MEMCHECK(mem, a, t)
#else
#define MEMCHECK(mem, a, t) RANGE_CHECK(mem, a, sizeof(t))
#endif
`,
    to: `#define ACCESS_CHECK(base, offset, t)                                            \\
  if (UNLIKELY((offset) > WASM_MEMORY_BYTES - sizeof(t) ||                       \\
               (base) > (u32)(WASM_MEMORY_BYTES - sizeof(t)) - (u32)(offset)))   \\
    TRAP(OOB);
`,
  },
  {
    what: 'loads, stores and data for big and for little ends',
    from: {
      first: '#ifdef __GNUC__\n#define wasm_asm __asm__',
      last: '    wasm_rt_memcpy(&mem->data[addr], &wrapped, sizeof(t1));            \\\n  }\n#endif\n',
    },
    to: `#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "WebAssembly memory is little-endian, and so must be the processor"
#endif
static u8 wasm_memory[WASM_MEMORY_BYTES] __attribute__((aligned(16)));
static inline void wasm_rt_allocate_memory(wasm_rt_memory_t* mem, u32 pages, u32 max_pages) {
  if (pages != WASM_MEMORY_PAGES || max_pages != WASM_MEMORY_PAGES)
    TRAP(OOB);
  memset(wasm_memory, 0, sizeof wasm_memory);
  mem->data = wasm_memory;
  mem->pages = mem->max_pages = WASM_MEMORY_PAGES;
  mem->size = WASM_MEMORY_BYTES;
}
static inline void wasm_rt_free_memory(wasm_rt_memory_t* mem) {
  mem->data = NULL;
}
#define ACCESSOR static inline __attribute__((always_inline))
#define LOAD_DATA(o, i, s)           \\
  do {                               \\
    MEMORY_CHECK(o, s);              \\
    memcpy(&(wasm_memory[o]), i, s); \\
  } while (0)
#define DEFINE_LOAD(name, t1, t2, t3)                                              \\
  ACCESSOR t3 proven_##name(u32 base, u32 offset) {                                \\
    return (t3)(t2)*(const t1*)(const void*)&wasm_memory[base + offset];           \\
  }                                                                                \\
  ACCESSOR t3 name(u32 base, u32 offset) {                                         \\
    ACCESS_CHECK(base, offset, t1);                                                \\
    return proven_##name(base, offset);                                            \\
  }

#define DEFINE_STORE(name, t1, t2)                                                 \\
  ACCESSOR void proven_##name(u32 base, u32 offset, t2 value) {                    \\
    *(t1*)(void*)&wasm_memory[base + offset] = (t1)value;                          \\
  }                                                                                \\
  ACCESSOR void name(u32 base, u32 offset, t2 value) {                             \\
    ACCESS_CHECK(base, offset, t1);                                                \\
    proven_##name(base, offset, value);                                            \\
  }
`,
  },
  {
    what: 'memory.fill',
    from: `static inline void memory_fill(wasm_rt_memory_t* mem, u32 d, u32 val, u32 n) {
  RANGE_CHECK(mem, d, n);
  memset(mem->data + d, val, n);
}
`,
    to: `static inline void memory_fill(u32 d, u32 val, u32 n) {
  MEMORY_CHECK(d, n);
  memset(wasm_memory + d, (int)(val & 255u), n);
}
`,
  },
  {
    what: 'memory.copy, segments placed at run time, and tables',
    from: {
      first: 'static inline void memory_copy(wasm_rt_memory_t* dest,',
      last: 'DEFINE_TABLE_FILL(funcref)\nDEFINE_TABLE_FILL(externref)\n',
    },
    to: `static inline void memory_copy(u32 dest_addr, u32 src_addr, u32 n) {
  MEMORY_CHECK(dest_addr, n);
  MEMORY_CHECK(src_addr, n);
  memmove(wasm_memory + dest_addr, wasm_memory + src_addr, n);
}
`,
  },
];
