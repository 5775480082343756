"""The features of core-wasm once more, in numpy, for a race in one run (test/bench/contest.ts drives it).

Written from the definitions in core-wasm's comments, whole arrays at a time: all windows of a decision in one call.
Left out, so this does less work than its rival: judging, sensor checks, gaps, frames and the store.

usage: features_numpy.py PLAN.json SIGNAL.f32 numpy|scipy
  numpy: float64 and numpy.fft; scipy: float32 and scipy.fft, the fastest that the two offer
stdin: one request a line: `run SECONDS` of machine time, `features DECISIONS`: the last of so many from a fresh start
stdout: one JSON line an answer; the first says what runs
"""

import json
import sys
import time

import numpy as np

TINY = 1e-20
BANDS = 12
DEMOD_BANDS = 3
ENVELOPE_LENGTH = 4096
UPDATE_POINTS = ENVELOPE_LENGTH // 2
POINTS_A_TURN = 56
WHITENING_MEMORY = 20
AVERAGING = 8
TOLERANCE = 0.02  # of an order: slip, and a speed that is not known better


def line_height(spectra, position, width):
    """Nepers of the highest value near `position` over the median of its surroundings, along the last axis."""
    count = spectra.shape[-1]
    first, last = int(np.floor(position - width)), int(np.ceil(position + width))
    if first < 1 or last >= count - 1:
        return np.zeros(spectra.shape[:-1])
    reach = max(12, 3 * (last - first + 1))
    around = spectra[..., max(1, first - reach) : min(count - 1, last + reach) + 1]
    middle = around.shape[-1] >> 1
    median = np.partition(around, middle, axis=-1)[..., middle]
    return np.log((spectra[..., first : last + 1].max(axis=-1) + TINY) / (median + TINY))


class Demodulation:
    """Whitened band envelopes joined over windows, their averaged spectra and the fault lines in them."""

    def __init__(self, plan, axes, fft, real):
        self.fft, self.real, self.axes = fft, real, axes
        self.n = n = plan["windowLength"]
        self.shaft_hz = plan["shaftRpm"] / 60
        order = plan["faultOrder"]
        self.orders = [order["bpfo"], order["bpfi"], 2 * order["bsf"], order["ftf"], 1]
        self.half = n // 8
        self.firsts = [(n // 20 + band * self.half) & ~1 for band in range(DEMOD_BANDS)]
        rate = plan["sampleRateHz"] / 4
        self.decimation = max(1, int(rate / (POINTS_A_TURN * self.shaft_hz)))
        self.rate = rate / self.decimation
        self.frames = 0
        self.running = None
        self.tail = None
        self.raw = np.zeros((axes, DEMOD_BANDS, 0), real)
        self.points = np.zeros((axes, DEMOD_BANDS, 0), real)
        self.spectrum_points = 0
        self.averaged = 0
        self.spectra = None
        self.lines = np.zeros((axes, len(self.orders)))

    def push(self, hann):
        """hann: (axes, windows, n/2 - 1) Hann-weighted bins 1.. of consecutive windows."""
        white = self.whiten(hann)
        m, half = 2 * self.half, self.half
        bands = np.zeros((self.axes, white.shape[1], DEMOD_BANDS, m), white.dtype)
        for band, first in enumerate(self.firsts):
            bands[:, :, band, :half] = white[..., first - 1 : first - 1 + half]
        signal = self.fft.ifft(bands, axis=-1) * self.real(m)
        heads, tails = signal[..., :half], signal[..., half:]
        if self.tail is None:
            joined = heads[:, 1:] + tails[:, :-1]
        else:
            joined = heads + np.concatenate([self.tail, tails[:, :-1]], axis=1)
        self.tail = tails[:, -1:]
        squared = (joined.real**2 + joined.imag**2).transpose(0, 2, 1, 3).reshape(self.axes, DEMOD_BANDS, -1)
        raw = np.concatenate([self.raw, squared], axis=-1)
        whole = raw.shape[-1] // self.decimation * self.decimation
        self.raw = raw[..., whole:]
        means = raw[..., :whole].reshape(self.axes, DEMOD_BANDS, -1, self.decimation).mean(axis=-1)
        self.points = np.concatenate([self.points, means], axis=-1)
        if self.points.shape[-1] >= UPDATE_POINTS and self.spectrum_points < UPDATE_POINTS:
            self.update(UPDATE_POINTS)
        while self.points.shape[-1] >= ENVELOPE_LENGTH:
            self.update(ENVELOPE_LENGTH)
            self.points = self.points[..., UPDATE_POINTS:]

    def whiten(self, hann):
        magnitude = np.abs(hann)
        white = np.empty_like(hann)
        for i in range(hann.shape[1]):
            if self.running is None:
                self.running = magnitude[:, i].copy()
            else:
                self.running += (magnitude[:, i] - self.running) / min(self.frames + 1, WHITENING_MEMORY)
            self.frames += 1
            white[:, i] = hann[:, i] / np.maximum(self.running, 1e-15)
        return white

    def update(self, points):
        if points > self.spectrum_points:
            self.spectrum_points, self.averaged = points, 0
        envelopes = self.points[..., :points]
        level = envelopes.mean(axis=-1, keepdims=True)
        window = (0.5 - 0.5 * np.cos(2 * np.pi / points * np.arange(points))).astype(self.real)
        bins = self.fft.rfft((envelopes - level) / level * window, axis=-1)
        power = (bins.real**2 + bins.imag**2) * self.real(16 / (3 * points))
        self.averaged = min(self.averaged + 1, AVERAGING)
        before = power if self.averaged == 1 else self.spectra
        self.spectra = before + (power - before) / self.averaged
        bin_order = self.rate / points / self.shaft_hz
        for i, order in enumerate(self.orders):
            position = order / bin_order
            if position >= 3:
                width = max(1, position * TOLERANCE)
                self.lines[:, i] = line_height(power, position, width).mean(axis=1)


class Features:
    def __init__(self, plan, signal, fft, real):
        self.fft, self.real = fft, real
        self.n = n = plan["windowLength"]
        self.windows = plan["windowsPerDecision"]
        self.rate = rate = plan["sampleRateHz"]
        self.shaft_bins = plan["shaftRpm"] / 60 / (rate / n)
        self.step = self.windows * n // 2
        self.at = 0
        self.length = signal.shape[1]
        self.signal = np.concatenate([signal, signal[:, : self.step + n]], axis=1).astype(real)  # a loop
        bin_hz = rate / n
        low = max(4 * bin_hz, rate / 1000)
        edges = low * np.exp(np.log(0.45 * rate / low) * np.arange(BANDS + 1) / BANDS)
        self.edges = np.ceil(edges / bin_hz - 1e-9).astype(int)
        self.first_speed = max(1, int(np.ceil(10 / bin_hz - 1e-9)))
        self.last_speed = int(np.floor(min(1000, 0.45 * rate) / bin_hz + 1e-9))
        self.integral = (1 / (2 * np.pi * bin_hz * np.arange(self.first_speed, self.last_speed + 1))).astype(real)
        self.first_envelope, self.last_envelope = int(np.ceil(0.2 * n)), int(np.floor(0.45 * n))
        self.demodulation = Demodulation(plan, signal.shape[0], fft, real)

    def decision(self):
        """The next decision: (axes, 28) features in the order of core-wasm/memory.ts."""
        n, half = self.n, self.n // 2
        piece = self.signal[:, self.at : self.at + self.step + half]
        self.at = (self.at + self.step) % self.length
        x = np.lib.stride_tricks.sliding_window_view(piece, n, axis=1)[:, ::half]
        y = x - x.mean(axis=-1, keepdims=True)
        square = y * y
        rms = np.sqrt(square.mean(axis=-1))
        peak = np.maximum(y.max(axis=-1), -y.min(axis=-1))
        kurtosis = (square * square).mean(axis=-1) / rms**4
        bins = self.fft.rfft(y, axis=-1)
        hann = bins[..., 1:-1] / 2 - (bins[..., :-2] + bins[..., 2:]) / 4
        power = np.zeros(bins.shape, self.real)
        power[..., 1:-1] = (hann.real**2 + hann.imag**2) * self.real(16 / (3 * n * n))
        speed = power[..., self.first_speed : self.last_speed + 1] * self.integral**2
        inner = power[..., 1:-1]
        centroid = (inner * np.arange(1, half, dtype=self.real)).sum(axis=-1) / inner.sum(axis=-1) * (self.rate / n)
        bands = np.add.reduceat(power[..., : self.edges[-1]], self.edges[:-1], axis=-1)
        mean_square, highest, variance = self.envelope(bins)
        self.demodulation.push(hann)
        level = mean_square + TINY
        columns = [
            np.log(rms + 1e-10),
            np.log(np.sqrt(speed.sum(axis=-1)) + 1e-13),
            np.log(np.maximum(peak / rms, 1e-3)),
            np.log(np.maximum(kurtosis, 1e-3)),
            np.log(centroid + 1e-6),
            *np.moveaxis(0.5 * np.log(bands + TINY), -1, 0),
            0.5 * np.log(level),
            np.log((highest + TINY) / level),
            np.log(variance + 1e-6),
            *[self.shaft_line(power, k) for k in (1, 2, 3)],
        ]
        averaged = np.stack([column.mean(axis=1) for column in columns], axis=1)
        return np.concatenate([averaged, self.demodulation.lines], axis=1)

    def envelope(self, bins):
        """Squared envelope of 0.2..0.45 fs: mean, largest value, variance over mean squared."""
        m = self.n // 2
        band = np.zeros((*bins.shape[:-1], m), bins.dtype)
        wanted = bins[..., self.first_envelope : self.last_envelope + 1]
        band[..., : wanted.shape[-1]] = wanted
        signal = self.fft.ifft(band, axis=-1) * self.real(m * 2 / self.n)
        squared = signal.real**2 + signal.imag**2
        mean = squared.mean(axis=-1)
        variance = ((squared - mean[..., None]) ** 2).mean(axis=-1)
        return mean, squared.max(axis=-1), variance / np.maximum(mean, 1e-18) ** 2

    def shaft_line(self, power, k):
        position = self.shaft_bins * k
        return line_height(power, position, max(1, position * TOLERANCE)) if position >= 3 else np.zeros(power.shape[:2])

    def run(self, seconds):
        """At least this much machine time, in whole decisions; returns the machine time done."""
        count = int(np.ceil(seconds * self.rate / self.step))
        for _ in range(count):
            self.decision()
        return count * self.step / self.rate


def main():
    plan_path, signal_path, kind = sys.argv[1:]
    with open(plan_path) as file:
        plan = json.load(file)
    signal = np.fromfile(signal_path, np.float32).reshape(plan["axes"], -1)
    versions = f"numpy {np.__version__}"
    if kind == "scipy":
        import scipy
        import scipy.fft as fft

        real, versions = np.float32, f"scipy {scipy.__version__}, {versions}"
    else:
        fft, real = np.fft, np.float64

    def answer(**values):
        print(json.dumps(values), flush=True)

    features = Features(plan, signal, fft, real)
    answer(ready=f"python {sys.version.split()[0]}, {versions}, {np.dtype(real).name}")
    for line in sys.stdin:
        request, amount = line.split()
        if request == "features":
            fresh = Features(plan, signal, fft, real)
            answer(features=[fresh.decision() for _ in range(int(amount))][-1].ravel().tolist())
            continue
        start = time.perf_counter_ns()
        done = features.run(float(amount))
        answer(machineS=done, ns=time.perf_counter_ns() - start)


main()
