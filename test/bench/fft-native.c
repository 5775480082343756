/*
 * FFTW's real transform, float32, planned with MEASURE, on one thread. usage: fft-native SIGNAL.f32
 * stdin: one request a line: `spectrum N` plans and answers n/2 + 1 interleaved complex bins, `run N TIMES` answers
 * nanoseconds. Planning destroys the buffers, so the signal is read afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fastest-plan.h"

#define SIZES 32

struct transform {
  fftwf_plan plan;
  float *input;
  fftwf_complex *output;
};

static struct transform of_log2[SIZES];

static struct transform *transform_of(int n, const char *signal_path) {
  struct transform *t = &of_log2[__builtin_ctz(n)];
  if (t->plan) return t;
  t->input = fftwf_malloc(n * sizeof(float));
  t->output = fftwf_malloc((n / 2 + 1) * sizeof(fftwf_complex));
  memset(t->input, 0, n * sizeof(float));
  FASTEST_PLAN(t->plan, fftwf_plan_dft_r2c_1d(n, t->input, t->output, FFTW_MEASURE));
  FILE *file = fopen(signal_path, "rb");
  if (!file || fread(t->input, sizeof(float), n, file) != (size_t)n) {
    fprintf(stderr, "%s: fewer than %d samples\n", signal_path, n);
    exit(1);
  }
  fclose(file);
  return t;
}

int main(int argc, char **argv) {
  char request[64], verb[16];
  int n;
  long times;
  if (argc != 2) return 2;
  setvbuf(stdout, NULL, _IOFBF, 1 << 20);
  while (fgets(request, sizeof request, stdin)) {
    if (sscanf(request, "%15s %d %ld", verb, &n, &times) < 2) return 2;
    struct transform *t = transform_of(n, argv[1]);
    if (!strcmp(verb, "spectrum")) {
      fftwf_execute(t->plan);
      for (int k = 0; k <= n / 2; k++) printf("%.9g %.9g ", t->output[k][0], t->output[k][1]);
      printf("\n");
    } else {
      printf("%.0f\n", run_ns(t->plan, times));
    }
    fflush(stdout);
  }
  return 0;
}
