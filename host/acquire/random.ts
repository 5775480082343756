/**
 * Repeatable random numbers: the same seed and stream name give the same sequence on every machine and every run.
 * Generator: xoshiro128** 1.1 (Blackman and Vigna 2018), seeded through the 32-bit finaliser of MurmurHash3.
 * Not for keys or identities.
 */

const mix = (value: number): number => {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** @param state four words, not all zero */
  constructor(state: readonly [number, number, number, number]) {
    [this.a, this.b, this.c, this.d] = state;
  }

  /**
   * One of many independent sequences of a seed.
   *
   * @param seed integer; its low 32 bits count
   * @param stream what the numbers are for, so that a new use never shifts the numbers of an old one
   */
  static stream(seed: number, stream: string): Random {
    let hash = mix(seed >>> 0);
    for (let i = 0; i < stream.length; i++) hash = mix((hash ^ stream.charCodeAt(i)) + 0x9e3779b9);
    const word = (k: number): number => mix(hash + Math.imul(k, 0x9e3779b9));
    return new Random([word(1), word(2), word(3), word(4) | 1]); // | 1: never all zero
  }

  /** The next 32 bits, 0..4294967295. */
  next(): number {
    const scrambled = Math.imul(this.b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result >>> 0;
  }

  /** In the open interval (0, 1), 32 bits fine: a logarithm of it is finite. */
  uniform(): number {
    return (this.next() + 0.5) / 4294967296;
  }
}
