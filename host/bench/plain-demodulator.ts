/** core-wasm/demodulate.ts in plain float64 JavaScript: continuous envelopes of three bands and the fault lines in them. */
import { SpectralLine } from './plain-line.ts';
import type { PathSettings, Transform, Transforms } from './plain-path.ts';

const BANDS = 3;
const ENVELOPE_LENGTH = 4096;
const UPDATE_POINTS = ENVELOPE_LENGTH / 2;
const POINTS_A_TURN = 56;
const WHITENING_MEMORY = 20;
const AVERAGING = 8;
const LEAST_MAGNITUDE = 1e-15;

/** Envelope spectra of one length. */
interface LongSpectrum {
  points: number;
  transform: Transform;
  window: Float64Array;
  lines: SpectralLine[];
}

interface Band {
  first: number;
  /** Second half of the last frame, interleaved. */
  tail: Float64Array;
  points: Float64Array;
  spectrum: Float64Array;
  cell: number;
}

export class PlainDemodulator {
  /** Nepers of BPFO, BPFI, twice BSF, FTF and the shaft, mean over the bands; 0 before the first spectra. */
  readonly lines = new Float64Array(5);
  readonly #bandBins: number;
  readonly #transform: Transform;
  readonly #bands: Band[];
  readonly #decimation: number;
  readonly #whole: LongSpectrum;
  readonly #half: LongSpectrum;
  readonly #running: Float64Array;
  readonly #white: Float64Array;
  readonly #power = new Float64Array(ENVELOPE_LENGTH / 2 + 1);
  #frames = 0;
  #points = 0;
  #decimated = 0;
  #spectrumPoints = 0;
  #averaged = 0;

  constructor({ windowLength, sampleRateHz, shaftHz, faultOrder }: PathSettings, transforms: Transforms) {
    this.#bandBins = windowLength / 8;
    this.#transform = transforms.complex(2 * this.#bandBins);
    this.#bands = Array.from({ length: BANDS }, (_, band) => ({
      first: (Math.floor(windowLength / 20) + band * this.#bandBins) & ~1,
      tail: new Float64Array(2 * this.#bandBins),
      points: new Float64Array(ENVELOPE_LENGTH + this.#bandBins),
      spectrum: new Float64Array(ENVELOPE_LENGTH / 2 + 1),
      cell: 0,
    }));
    this.#decimation = Math.max(1, Math.floor(sampleRateHz / 4 / (POINTS_A_TURN * shaftHz)));
    const { bpfo, bpfi, bsf, ftf } = faultOrder;
    const long = (points: number): LongSpectrum => {
      const binOrder = sampleRateHz / 4 / this.#decimation / points / shaftHz;
      return {
        points,
        transform: transforms.real(points),
        window: Float64Array.from({ length: points }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / points)),
        lines: [bpfo, bpfi, 2 * bsf, ftf, 1].map((order) => new SpectralLine(order / binOrder, points / 2 + 1)),
      };
    };
    this.#whole = long(ENVELOPE_LENGTH);
    this.#half = long(UPDATE_POINTS);
    this.#running = new Float64Array(windowLength / 2);
    this.#white = new Float64Array(windowLength);
  }

  /** @param hann interleaved Hann-weighted bins of a window, from bin 0 on */
  push(hann: Float64Array): void {
    this.#whiten(hann);
    const half = this.#bandBins;
    const decimation = this.#decimation;
    for (const band of this.#bands) {
      this.#bandSignal(band.first);
      if (this.#frames > 0) this.#collect(band);
      const { output } = this.#transform;
      for (let i = 0; i < 2 * half; i++) band.tail[i] = output[2 * half + i];
    }
    if (this.#frames++ === 0) return;
    const more = this.#decimated + half;
    this.#decimated = more % decimation;
    this.#points += Math.floor(more / decimation);
    if (this.#points >= ENVELOPE_LENGTH) {
      this.#update(this.#whole);
      for (const { points } of this.#bands) points.copyWithin(0, UPDATE_POINTS, this.#points);
      this.#points -= UPDATE_POINTS;
    } else if (this.#points >= UPDATE_POINTS && this.#spectrumPoints < UPDATE_POINTS) this.#update(this.#half);
  }

  #whiten(hann: Float64Array): void {
    const running = this.#running;
    const white = this.#white;
    const gain = 1 / Math.min(this.#frames + 1, WHITENING_MEMORY); // 1 on the first frame
    for (let k = 1; k < running.length; k++) {
      const re = hann[2 * k];
      const im = hann[2 * k + 1];
      const level = running[k] + gain * (Math.sqrt(re * re + im * im) - running[k]);
      const inverse = level > LEAST_MAGNITUDE ? 1 / level : 0;
      running[k] = level;
      white[2 * k] = re * inverse;
      white[2 * k + 1] = im * inverse;
    }
  }

  /** Parts exchanged: the forward transform is then an inverse one with parts exchanged. */
  #bandSignal(first: number): void {
    const { input } = this.#transform;
    const white = this.#white;
    const half = this.#bandBins;
    for (let k = 0; k < half; k++) {
      input[2 * k] = white[2 * (first + k) + 1];
      input[2 * k + 1] = white[2 * (first + k)];
    }
    for (let i = 2 * half; i < 4 * half; i++) input[i] = 0;
    this.#transform.run();
  }

  /** Overlap-adds, squares and averages into envelope points. */
  #collect(band: Band): void {
    const { output } = this.#transform;
    const { tail, points } = band;
    const half = this.#bandBins;
    const decimation = this.#decimation;
    let { cell } = band;
    let to = this.#points;
    let count = this.#decimated;
    for (let i = 0; i < half; i++) {
      const re = output[2 * i] + tail[2 * i];
      const im = output[2 * i + 1] + tail[2 * i + 1];
      cell += re * re + im * im;
      if (++count === decimation) {
        points[to++] = cell / decimation;
        count = 0;
        cell = 0;
      }
    }
    band.cell = cell;
  }

  #update({ points, transform, window, lines }: LongSpectrum): void {
    if (points > this.#spectrumPoints) {
      this.#spectrumPoints = points;
      this.#averaged = 0;
    }
    this.#averaged = Math.min(this.#averaged + 1, AVERAGING);
    this.lines.fill(0);
    for (const band of this.#bands) {
      this.#spectrumOf(band.points, points, transform, window);
      for (let i = 0; i < lines.length; i++) this.lines[i] += lines[i].height(this.#power) / BANDS;
      const weight = 1 / this.#averaged;
      for (let k = 0; k <= points / 2; k++) {
        const before = weight < 1 ? band.spectrum[k] : this.#power[k];
        band.spectrum[k] = before + weight * (this.#power[k] - before);
      }
    }
  }

  /** Power spectrum of an envelope relative to its mean. */
  #spectrumOf(envelope: Float64Array, points: number, transform: Transform, window: Float64Array): void {
    const { input, output } = transform;
    let sum = 0;
    for (let i = 0; i < points; i++) sum += envelope[i];
    const level = sum / points;
    const scale = level > 0 ? 1 / level : 0;
    for (let i = 0; i < points; i++) input[i] = (envelope[i] - level) * scale * window[i];
    transform.run();
    const norm = 16 / (3 * points);
    const power = this.#power;
    for (let k = 0; k <= points / 2; k++)
      power[k] = (output[2 * k] * output[2 * k] + output[2 * k + 1] * output[2 * k + 1]) * norm;
  }
}
