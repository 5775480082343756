/* The player. Little-endian like the tape; samples go as bytes into the core's memory, so that NaN payloads stay. */
#include "play.h"

#include <string.h>

#include "core-exports.h"

enum { END, CONFIGURE, PUSH, BOUNDARY, INPUTS, STATE, FFT, RESET, INVERSE, RESTORE, INHERIT, END_LEARNING };
enum { SETTINGS_WORDS = 32, SNAPSHOT_MOST = 1 << 20 };

Z_core_instance_t core_instance;

static char message[160];
static uint32_t words_read;  /* of the tape */
static uint32_t step_word;   /* at which the step being played begins */
static uint32_t step_op;

static void text(const char *more) {
  const size_t used = strlen(message);
  strncpy(message + used, more, sizeof message - 1 - used);
}

static void number(uint32_t value) {
  char digits[11];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do *--at = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  text(at);
}

/* Begins the message; false, so that a step can end with it. */
static bool refuse(const char *code) {
  memset(message, 0, sizeof message);
  text(code);
  text(": tape word ");
  number(step_word);
  text(": ");
  return false;
}

static bool read_bytes(void *to, size_t length) {
  if (play_read(to, length) == length) {
    words_read += (uint32_t)(length / 4);
    return true;
  }
  refuse("TAPE_SHORT");
  text("the step wants ");
  number((uint32_t)(length / 4));
  text(" words at word ");
  number(words_read);
  text(", the tape has less left");
  return false;
}

static bool read_word(uint32_t *word) {
  return read_bytes(word, sizeof *word);
}

static void answer(uint32_t word) {
  play_write(&word, sizeof word);
}

/* Where `bytes` bytes of the core's memory stand; NULL with the message set if they are not all in it. */
static uint8_t *memory_at(uint32_t at, uint64_t bytes) {
  const wasm_rt_memory_t *memory = Z_coreZ_memory(&core_instance);
  if (at <= memory->size && bytes <= memory->size - at) return memory->data + at;
  refuse("TAPE_RANGE");
  text("op ");
  number(step_op);
  text(" leaves the core's memory");
  return NULL;
}

/* Words of the tape to an address of the core. */
static bool read_to_core(uint32_t at, uint32_t words) {
  uint8_t *to = memory_at(at, (uint64_t)words * 4);
  return to != NULL && read_bytes(to, (size_t)words * 4);
}

static bool answer_from_core(uint32_t at, uint64_t bytes) {
  const uint8_t *from = memory_at(at, bytes);
  if (from == NULL) return false;
  play_write(from, (size_t)bytes);
  return true;
}

static bool answer_records(uint32_t count) {
  answer(count);
  return (int32_t)count <= 0 || answer_from_core(core_resultPtr(), (uint64_t)count * core_resultSize());
}

/* FNV-1a with 32 bits. */
static bool answer_hash(uint32_t at, uint32_t bytes) {
  const uint8_t *byte = memory_at(at, bytes);
  if (byte == NULL) return false;
  uint32_t hash = 0x811c9dc5u;
  for (const uint8_t *end = byte + bytes; byte < end; byte++) hash = (hash ^ *byte) * 0x01000193u;
  answer(hash);
  return true;
}

static bool configure(void) {
  const uint32_t at = core_settingsPtr();
  if (!read_to_core(at, SETTINGS_WORDS)) return false;
  answer(core_configure(at));
  return true;
}

static bool push(void) {
  uint32_t count, axes;
  if (!read_word(&count) || !read_word(&axes)) return false;
  for (uint32_t axis = 0; axis < axes; axis++)
    if (!read_to_core(core_inputPtr(axis), count)) return false;
  return answer_records(core_push(count));
}

static bool boundary(void) {
  uint32_t kind;
  return read_word(&kind) && answer_records(core_boundary(kind));
}

static bool inputs(void) {
  float rpm_load[2];
  if (!read_bytes(rpm_load, sizeof rpm_load)) return false;
  answer(core_setInputs(rpm_load[0], rpm_load[1]));
  return true;
}

static bool state(void) {
  uint32_t axes, spectrum_bytes;
  if (!read_word(&axes) || !read_word(&spectrum_bytes)) return false;
  answer(core_snapshot());
  const uint32_t size = core_snapshotSize();
  answer(size);
  if (!answer_hash(core_snapshotPtr(), size)) return false;
  for (uint32_t axis = 0; axis < axes; axis++)
    if (!answer_hash(core_spectrumPtr(axis), spectrum_bytes)) return false;
  return true;
}

static bool skip(uint32_t words) {
  uint32_t word;
  while (words-- > 0)
    if (!read_word(&word)) return false;
  return true;
}

static bool transform(void) {
  uint32_t n;
  if (!read_word(&n)) return false;
  const uint32_t planned = core_fftPlan(n);
  answer(planned);
  if ((int32_t)planned < 0) return skip(n);
  if (!read_to_core(core_fftInput(n), n)) return false;
  answer(core_rfft(n));
  return answer_from_core(core_fftOutput(n), ((uint64_t)n + 2) * 4);
}

static bool inverse(void) {
  uint32_t n;
  if (!read_word(&n)) return false;
#ifdef CORE_HAS_irfft
  const uint32_t status = core_irfft(n);
  answer(status);
  return (int32_t)status < 0 || answer_from_core(core_fftInput(n), (uint64_t)n * 4);
#else
  refuse("TAPE_EXPORT");
  text("INVERSE wants the export irfft, this core has none");
  return false;
#endif
}

static bool reset(void) {
  Z_core_instantiate(&core_instance); /* zeroes the memory as well */
  return true;
}

/* A fresh instance goes on from the snapshot of this one. */
static bool restore(void) {
  static uint8_t kept[SNAPSHOT_MOST];
  core_snapshot();
  const uint32_t size = core_snapshotSize();
  const uint8_t *from = memory_at(core_snapshotPtr(), size);
  if (from == NULL) return false;
  if (size > sizeof kept) {
    refuse("TAPE_RANGE");
    text("a snapshot of ");
    number(size);
    text(" bytes, wanted at most ");
    number(SNAPSHOT_MOST);
    return false;
  }
  memcpy(kept, from, size);
  reset();
  uint8_t *to = memory_at(core_snapshotPtr(), size);
  if (to == NULL) return false;
  memcpy(to, kept, size);
  answer(core_restore());
  return true;
}

static bool inherit(void) {
  if (!read_to_core(core_settingsPtr(), SETTINGS_WORDS)) return false;
  answer(core_inherit());
  return true;
}

static bool end_learning(void) {
  answer(core_endLearning());
  return true;
}

static bool step(void) {
  switch (step_op) {
    case CONFIGURE:
      return configure();
    case PUSH:
      return push();
    case BOUNDARY:
      return boundary();
    case INPUTS:
      return inputs();
    case STATE:
      return state();
    case FFT:
      return transform();
    case RESET:
      return reset();
    case INVERSE:
      return inverse();
    case RESTORE:
      return restore();
    case INHERIT:
      return inherit();
    case END_LEARNING:
      return end_learning();
    default:
      refuse("TAPE_OP");
      text("got op ");
      number(step_op);
      text(", wanted 0 to ");
      number(END_LEARNING);
      return false;
  }
}

const char *play(void) {
  words_read = 0;
  Z_core_init_module();
  reset();
  do {
    step_word = words_read;
    if (!read_word(&step_op)) return message;
    if (step_op == END) return NULL;
  } while (step());
  return message;
}

const char *play_trapped(wasm_rt_trap_t trap) {
  refuse("TAPE_TRAP");
  text("op ");
  number(step_op);
  text(" trapped: ");
  text(wasm_rt_trap_name(trap));
  return message;
}
