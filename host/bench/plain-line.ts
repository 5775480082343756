/** A line of a spectrum: which bins it and its surroundings are, found once, and how high it stands over them. */

/** Keeps logarithms finite in silence. */
export const TINY = 1e-20;
/** Of an order: slip, and a speed that is not known better. */
const TOLERANCE = 0.02;

export class SpectralLine {
  readonly #first: number;
  readonly #last: number;
  readonly #from: number;
  readonly #sorted: Float64Array;

  /** @param count bins of the spectrum; a line below bin 3 or beyond the last has no height */
  constructor(bin: number, count: number) {
    const width = Math.max(1, bin * TOLERANCE);
    const first = Math.floor(bin - width);
    this.#last = Math.ceil(bin + width);
    const reach = Math.max(12, 3 * (this.#last - first + 1));
    this.#from = Math.max(1, first - reach);
    const isInside = bin >= 3 && first >= 1 && this.#last < count - 1;
    this.#first = isInside ? first : 0;
    this.#sorted = new Float64Array(isInside ? Math.min(count - 1, this.#last + reach) - this.#from + 1 : 0);
  }

  /** Nepers of the largest value of the line over the median of what is around it. */
  height(spectrum: Float64Array): number {
    if (this.#first === 0) return 0;
    let highest = 0;
    for (let k = this.#first; k <= this.#last; k++) if (spectrum[k] > highest) highest = spectrum[k];
    const sorted = this.#sorted;
    for (let i = 0; i < sorted.length; i++) sorted[i] = spectrum[this.#from + i];
    return Math.log((highest + TINY) / (valueOfRank(sorted, sorted.length >> 1) + TINY));
  }
}

/** The value that would stand at k if they were sorted; reorders them. Quickselect, middle pivot. */
function valueOfRank(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const value = values[i];
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
