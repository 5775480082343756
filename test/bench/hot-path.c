/*
 * The hot path of the core as plain C on FFTW: the same features by the same definitions (core-wasm/vibration.ts and
 * demodulate.ts), float32, one axis, windows of 4096 samples at half overlap, shaft speed and bearing known.
 * Plans, tables, band edges and line positions are made once; what is left runs once a window. No intrinsics.
 * Not in it: learning, score, verdict. usage: hot-path SIGNAL.f32 RATE RPM BPFO BPFI BSF FTF WINDOWS FULL_SCALE
 * stdin: one request a line: `features COUNT` answers the last of so many decisions from a fresh start (WINDOWS windows
 * each), `run COUNT` answers the nanoseconds of so many windows.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fastest-plan.h"

#define N 4096
#define HALF (N / 2)
#define BINS (HALF + 1)
#define BANDS 12
#define ORDERS 3
#define LINES 5
#define FEATURES 28
#define FIRST_ENVELOPE_BIN 820 /* ceil(0.2 N) */
#define LAST_ENVELOPE_BIN 1843 /* floor(0.45 N) */
#define DEMOD_BANDS 3
#define DEMOD_BINS (N / 8)
#define DEMOD_POINTS (N / 4)
#define ENVELOPE N           /* points of a long spectrum */
#define UPDATE (ENVELOPE / 2)
#define AVERAGING 8
#define WHITENING_MEMORY 20
#define LEAST_MAGNITUDE 1e-15f
#define LIMIT 1e9f
#define TINY 1e-20f
#define POINTS_A_TURN 56
#define TOLERANCE 0.02f

#define BUFFER static _Alignas(64)

struct line { /* bins of a spectrum: the line, and what is around it */
  int first, last, from, to;
};

struct long_spectrum { /* one length of envelope spectrum */
  fftwf_plan plan;
  int points;
  float *window;
  struct line lines[LINES];
};

/* settings and tables */
static float rate_hz, shaft_hz, fault_orders[LINES], full_scale;
static int windows_per_decision, decimation, edges[BANDS + 1], first_speed, last_speed;
static float integral_squared[BINS];
static struct line shaft_lines[ORDERS];
static struct long_spectrum whole, half;
static fftwf_plan window_plan, envelope_plan, band_plan;

BUFFER float history[N], centred[N], power[BINS], sorted[HALF], squared[HALF];
BUFFER fftwf_complex bins[BINS], hann[BINS], white[BINS], band_in[HALF], band_out[HALF], envelope_bins[ENVELOPE / 2 + 1];
BUFFER float envelope_in[ENVELOPE];

/* state */
BUFFER float running[BINS];
static struct demodulator {
  float tail[DEMOD_BINS][2], points[ENVELOPE + DEMOD_BINS], spectrum[ENVELOPE / 2 + 1], cell;
} demodulators[DEMOD_BANDS];
static int primed, frames, points, decimated, spectrum_points, averaged, windows;
static float lines[LINES], sums[FEATURES], features[FEATURES];

static struct line line_at(float bin, float width, int count) {
  struct line line = {(int)floorf(bin - width), (int)ceilf(bin + width), 0, 0};
  int reach = 3 * (line.last - line.first + 1);
  if (reach < 12) reach = 12;
  line.from = line.first - reach < 1 ? 1 : line.first - reach;
  line.to = line.last + reach > count - 1 ? count - 1 : line.last + reach;
  if (line.first < 1 || line.last >= count - 1) line.first = 0; /* outside: no height */
  return line;
}

/* value of rank k of n; reorders them */
static float rank_of(float *values, int n, int k) {
  int low = 0, high = n - 1;
  while (low < high) {
    float pivot = values[(low + high) >> 1];
    int i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        float value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k];
}

/* nepers of the line over the median of its surroundings */
static float height_of(struct line line, const float *spectrum) {
  if (line.first == 0) return 0;
  int count = line.to - line.from + 1;
  float highest = 0;
  for (int k = line.first; k <= line.last; k++) highest = spectrum[k] > highest ? spectrum[k] : highest;
  memcpy(sorted, spectrum + line.from, count * sizeof(float));
  return logf((highest + TINY) / (rank_of(sorted, count, count >> 1) + TINY));
}

static void plan_spectrum(struct long_spectrum *s, int length) {
  float bin_order = rate_hz / 4 / decimation / length / shaft_hz;
  s->points = length;
  s->window = fftwf_malloc(length * sizeof(float));
  for (int i = 0; i < length; i++) s->window[i] = 0.5 - 0.5 * cos(2 * M_PI * i / length);
  for (int i = 0; i < LINES; i++) {
    float bin = fault_orders[i] / bin_order, width = bin * TOLERANCE;
    s->lines[i] = line_at(bin < 3 ? 0 : bin, width < 1 ? 1 : width, length / 2 + 1);
  }
  FASTEST_PLAN(s->plan, fftwf_plan_dft_r2c_1d(length, envelope_in, envelope_bins, FFTW_MEASURE));
}

static void plan_all(void) {
  float bin_hz = rate_hz / N, low = 4 * bin_hz > rate_hz / 1000 ? 4 * bin_hz : rate_hz / 1000;
  for (int i = 0; i <= BANDS; i++) edges[i] = ceil(low * exp(log(0.45 * rate_hz / low) * i / BANDS) / bin_hz - 1e-9);
  first_speed = ceil(10 / bin_hz - 1e-9);
  if (first_speed < 1) first_speed = 1;
  last_speed = floor(fmin(1000, 0.45 * rate_hz) / bin_hz + 1e-9);
  for (int k = first_speed; k <= last_speed; k++) integral_squared[k] = pow(1 / (2 * M_PI * bin_hz * k), 2);
  for (int i = 0; i < ORDERS; i++) {
    float bin = shaft_hz / bin_hz * (i + 1), width = bin * TOLERANCE;
    shaft_lines[i] = line_at(bin < 3 ? 0 : bin, width < 1 ? 1 : width, BINS);
  }
  decimation = floorf(rate_hz / 4 / (POINTS_A_TURN * shaft_hz));
  if (decimation < 1) decimation = 1;
  FASTEST_PLAN(window_plan, fftwf_plan_dft_r2c_1d(N, centred, bins, FFTW_MEASURE));
  FASTEST_PLAN(envelope_plan, fftwf_plan_dft_1d(HALF, band_in, band_out, FFTW_BACKWARD, FFTW_MEASURE));
  FASTEST_PLAN(band_plan, fftwf_plan_dft_1d(DEMOD_POINTS, band_in, band_out, FFTW_BACKWARD, FFTW_MEASURE));
  plan_spectrum(&whole, ENVELOPE);
  plan_spectrum(&half, UPDATE);
}

static void reset(void) {
  primed = frames = points = decimated = spectrum_points = averaged = windows = 0;
  memset(lines, 0, sizeof lines);
  memset(sums, 0, sizeof sums);
  memset(demodulators, 0, sizeof demodulators);
}

/* bins first..first + count - 1 as the spectrum of a shorter complex signal */
static void band_signal(fftwf_complex *from, int first, int count, int length, float scale, fftwf_plan plan) {
  for (int k = 0; k < count; k++) {
    band_in[k][0] = from[first + k][0] * scale;
    band_in[k][1] = from[first + k][1] * scale;
  }
  memset(band_in + count, 0, (length - count) * sizeof *band_in);
  fftwf_execute(plan);
}

static int is_clipped(int at_low, int at_high, float low, float high) {
  int crowd = at_low > at_high ? at_low : at_high;
  float rail = full_scale * 0.999f;
  if (full_scale > 0 && crowd >= 0.001f * N && ((high >= rail && at_high >= 2) || (low <= -rail && at_low >= 2))) return 1;
  return crowd >= 0.01f * N; /* the core looks closer from here on */
}

static void measure_moments(void) {
  float low = history[0], high = history[0], sum = 0, squares = 0, fourths = 0;
  int at_low = 0, at_high = 0;
  for (int i = 0; i < N; i++) {
    float x = history[i];
    low = x < low ? x : low;
    high = x > high ? x : high;
    sum += x;
  }
  float mean = sum / N;
  for (int i = 0; i < N; i++) {
    float x = history[i], y = x - mean, square = y * y;
    centred[i] = y;
    squares += square;
    fourths += square * square;
    at_low += x == low;
    at_high += x == high;
  }
  if (is_clipped(at_low, at_high, low, high)) exit(1); /* the signal of the race is sound */
  float variance = squares / N, rms = sqrtf(variance), peak = high - mean > mean - low ? high - mean : mean - low;
  sums[0] += logf(rms + 1e-10f);
  sums[2] += logf(fmaxf(peak / rms, 1e-3f));
  sums[3] += logf(fmaxf(fourths / N / (variance * variance), 1e-3f));
}

static void measure_spectrum(void) {
  const float scale = 16.0f / (3.0f * N * N);
  float speed = 0, weighted = 0, total = 0;
  fftwf_execute(window_plan);
  for (int k = 1; k < HALF; k++) {
    float re = 0.5f * bins[k][0] - 0.25f * (bins[k - 1][0] + bins[k + 1][0]);
    float im = 0.5f * bins[k][1] - 0.25f * (bins[k - 1][1] + bins[k + 1][1]);
    hann[k][0] = re;
    hann[k][1] = im;
    power[k] = (re * re + im * im) * scale;
  }
  for (int k = first_speed; k <= last_speed; k++) speed += power[k] * integral_squared[k];
  for (int k = 1; k < HALF; k++) {
    weighted += power[k] * k;
    total += power[k];
  }
  sums[1] += logf(sqrtf(speed) + 1e-13f);
  sums[4] += logf((total > 0 ? weighted / total * (rate_hz / N) : 0) + 1e-6f);
  for (int i = 0; i < BANDS; i++) {
    float level = 0;
    for (int k = edges[i]; k < edges[i + 1]; k++) level += power[k];
    sums[5 + i] += 0.5f * logf(level + TINY);
  }
  for (int i = 0; i < ORDERS; i++) sums[20 + i] += height_of(shaft_lines[i], power);
}

static void measure_envelope(void) {
  const int count = LAST_ENVELOPE_BIN - FIRST_ENVELOPE_BIN + 1;
  float sum = 0, highest = 0, spread = 0;
  band_signal(bins, FIRST_ENVELOPE_BIN, count, HALF, 2.0f / N, envelope_plan);
  for (int i = 0; i < HALF; i++) {
    float square = band_out[i][0] * band_out[i][0] + band_out[i][1] * band_out[i][1];
    squared[i] = square;
    sum += square;
    highest = square > highest ? square : highest;
  }
  float mean = sum / HALF, inverse = 1 / fmaxf(mean, 1e-18f);
  for (int i = 0; i < HALF; i++) {
    float d = squared[i] * inverse - 1;
    spread += d * d;
  }
  sums[17] += 0.5f * logf(mean + TINY);
  sums[18] += logf((highest + TINY) / (mean + TINY));
  sums[19] += logf(spread / HALF + 1e-6f);
}

static void whiten(void) {
  float gain = 1.0f / (frames + 1 < WHITENING_MEMORY ? frames + 1 : WHITENING_MEMORY);
  if (frames == 0) memset(running, 0, sizeof running); /* the gain is 1 */
  for (int k = 1; k < HALF; k++) {
    float magnitude = sqrtf(hann[k][0] * hann[k][0] + hann[k][1] * hann[k][1]);
    float level = running[k] + gain * (magnitude - running[k]);
    float inverse = level > LEAST_MAGNITUDE ? 1 / level : 0;
    running[k] = level;
    white[k][0] = hann[k][0] * inverse;
    white[k][1] = hann[k][1] * inverse;
  }
}

/* overlap-adds the signal of a band, squares it and averages it into envelope points */
static void collect(struct demodulator *d) {
  int count = decimated, to = points;
  float cell = d->cell;
  for (int i = 0; i < DEMOD_BINS; i++) {
    float re = band_out[i][0] + d->tail[i][0], im = band_out[i][1] + d->tail[i][1];
    cell += re * re + im * im;
    if (++count == decimation) {
      d->points[to++] = cell / decimation;
      count = 0;
      cell = 0;
    }
  }
  d->cell = cell;
}

static void update(struct long_spectrum *s) {
  if (s->points > spectrum_points) {
    spectrum_points = s->points;
    averaged = 0;
  }
  if (averaged < AVERAGING) averaged++;
  float weight = 1.0f / averaged, norm = 16.0f / (3.0f * s->points);
  memset(lines, 0, sizeof lines);
  for (int band = 0; band < DEMOD_BANDS; band++) {
    struct demodulator *d = &demodulators[band];
    float sum = 0;
    for (int i = 0; i < s->points; i++) sum += d->points[i];
    float level = sum / s->points, scale = level > 0 ? 1 / level : 0;
    for (int i = 0; i < s->points; i++) envelope_in[i] = (d->points[i] - level) * scale * s->window[i];
    fftwf_execute(s->plan);
    for (int k = 0; k <= s->points / 2; k++)
      power[k] = (envelope_bins[k][0] * envelope_bins[k][0] + envelope_bins[k][1] * envelope_bins[k][1]) * norm;
    for (int i = 0; i < LINES; i++) lines[i] += height_of(s->lines[i], power) / DEMOD_BANDS;
    if (averaged == 1) memcpy(d->spectrum, power, (s->points / 2 + 1) * sizeof(float));
    else
      for (int k = 0; k <= s->points / 2; k++) d->spectrum[k] += weight * (power[k] - d->spectrum[k]);
  }
}

static void demodulate(void) {
  whiten();
  for (int band = 0; band < DEMOD_BANDS; band++) {
    struct demodulator *d = &demodulators[band];
    band_signal(white, (N / 20 + band * DEMOD_BINS) & ~1, DEMOD_BINS, DEMOD_POINTS, 1, band_plan);
    if (primed) collect(d);
    memcpy(d->tail, band_out + DEMOD_BINS, sizeof d->tail);
  }
  if (primed) {
    int more = decimated + DEMOD_BINS;
    decimated = more % decimation;
    points += more / decimation;
    if (points >= ENVELOPE) {
      update(&whole);
      points -= UPDATE;
      for (int band = 0; band < DEMOD_BANDS; band++)
        memmove(demodulators[band].points, demodulators[band].points + UPDATE, points * sizeof(float));
    } else if (points >= UPDATE && spectrum_points < UPDATE) {
      update(&half);
    }
  }
  frames++;
  primed = 1;
}

/* half a window of new samples */
static void push(const float *samples) {
  memmove(history, history + HALF, HALF * sizeof(float));
  for (int i = 0; i < HALF; i++) {
    float x = samples[i];
    history[HALF + i] = x > LIMIT ? LIMIT : x < -LIMIT ? -LIMIT : x;
  }
}

static void take_window(void) {
  measure_moments();
  measure_spectrum();
  measure_envelope();
  demodulate();
  if (++windows < windows_per_decision) return;
  for (int i = 0; i < FEATURES; i++) features[i] = i < 23 ? sums[i] / windows : lines[i - 23];
  memset(sums, 0, sizeof sums);
  windows = 0;
}

int main(int argc, char **argv) {
  char request[64], verb[16];
  long count, steps, at = 1;
  if (argc != 10) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  steps = ftell(file) / (HALF * sizeof(float)); /* played over and over */
  float *signal = malloc(steps * HALF * sizeof(float));
  rewind(file);
  if (fread(signal, HALF * sizeof(float), steps, file) != (size_t)steps) return 2;
  fclose(file);
  rate_hz = atof(argv[2]);
  shaft_hz = atof(argv[3]) / 60;
  for (int i = 0; i < 4; i++) fault_orders[i] = (i == 2 ? 2 : 1) * atof(argv[4 + i]);
  fault_orders[4] = 1;
  windows_per_decision = atoi(argv[8]);
  full_scale = atof(argv[9]);
  plan_all();
  memcpy(history + HALF, signal, HALF * sizeof(float));
  while (fgets(request, sizeof request, stdin)) {
    if (sscanf(request, "%15s %ld", verb, &count) != 2) return 2;
    int asked = !strcmp(verb, "features");
    if (asked) {
      reset();
      memcpy(history + HALF, signal, HALF * sizeof(float));
      at = 1;
      count *= windows_per_decision;
    }
    double start = now_ns();
    for (long i = 0; i < count; i++) {
      push(signal + at * HALF);
      take_window();
      at = (at + 1) % steps;
    }
    if (asked)
      for (int i = 0; i < FEATURES; i++) printf("%.9g ", features[i]);
    else
      printf("%.0f", now_ns() - start);
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
