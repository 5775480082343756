/*
 * On a busy machine FFTW_MEASURE takes what happened to be fast, up to a third slower than its next plan would be: make
 * several, keep the fastest.
 */
#include <fftw3.h>
#include <time.h>

#define PLANS 3
#define TRIALS 20
#define TRIAL_NS 2e5

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static double run_ns(fftwf_plan plan, long times) {
  double start = now_ns();
  for (long i = 0; i < times; i++) fftwf_execute(plan);
  return now_ns() - start;
}

/* nanoseconds of one run, undisturbed */
static double least_ns(fftwf_plan plan) {
  double once = run_ns(plan, 1), least = 1e30;
  long times = once < TRIAL_NS ? (long)(TRIAL_NS / once) : 1;
  for (int i = 0; i < TRIALS; i++) {
    double ns = run_ns(plan, times) / times;
    if (ns < least) least = ns;
  }
  return least;
}

/* Keeps the faster of two plans of one transform; `before` may be none. Buffers should hold numbers. */
static fftwf_plan faster_plan(fftwf_plan before, fftwf_plan plan) {
  fftwf_forget_wisdom(); /* or the next one would be the same */
  if (!before) return plan;
  int wins = least_ns(plan) < least_ns(before);
  fftwf_destroy_plan(wins ? before : plan);
  return wins ? plan : before;
}

/* `make` is an expression that makes a plan */
#define FASTEST_PLAN(plan, make) \
  for (int plans = 0; plans < PLANS; plans++) plan = faster_plan(plan, make)
