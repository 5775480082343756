/**
 * One mode of vibration, stepped once a sample: a rotating, decaying complex number. Its real and imaginary parts are the
 * ringing in two phases, so that each axis can see the mode in a phase of its own at no further cost.
 */
export class RingingMode {
  re = 0;
  im = 0;
  /** 1/s */
  private readonly decay: number;
  /** rad/s */
  private readonly omega: number;
  private readonly sampleRateHz: number;
  private readonly stepRe: number;
  private readonly stepIm: number;
  /** Rms of `re` per unit of rms of white excitation fed to every sample. */
  readonly noiseGain: number;

  constructor(hz: number, zeta: number, sampleRateHz: number) {
    this.decay = zeta * 2 * Math.PI * hz;
    this.omega = Math.sqrt(1 - zeta * zeta) * 2 * Math.PI * hz;
    this.sampleRateHz = sampleRateHz;
    const radius = Math.exp(-this.decay / sampleRateHz);
    this.stepRe = radius * Math.cos(this.omega / sampleRateHz);
    this.stepIm = radius * Math.sin(this.omega / sampleRateHz);
    // White noise into the real part: E|z|^2 = 1 / (1 - r^2); E re^2 = (E|z|^2 + Re sum r^2k e^2ikw) / 2.
    const [a, b] = [this.stepRe * this.stepRe - this.stepIm * this.stepIm, 2 * this.stepRe * this.stepIm];
    const real = (1 - a) / ((1 - a) ** 2 + b * b);
    this.noiseGain = Math.sqrt((1 / (1 - radius * radius) + real) / 2);
  }

  /** Lets one sample pass, then adds `force` to the real part. */
  step(force: number): void {
    const re = this.stepRe * this.re - this.stepIm * this.im + force;
    this.im = this.stepIm * this.re + this.stepRe * this.im;
    this.re = re;
  }

  /** An impact `ago` samples (0..1) before now: what is left of it, turned by the time since. */
  strike(amplitude: number, ago: number): void {
    const left = amplitude * Math.exp((-this.decay * ago) / this.sampleRateHz);
    const turned = (this.omega * ago) / this.sampleRateHz;
    // Starts in the imaginary direction: displacement zero, velocity given.
    this.re -= left * Math.sin(turned);
    this.im += left * Math.cos(turned);
  }
}
