/**
 * A set of sequence numbers as ascending ranges that neither meet nor overlap. `end` is the first number behind a range.
 * Small however many numbers it holds, as long as they come in few stretches, which is how frames arrive.
 */
export interface Span {
  first: number;
  end: number;
}

export class Spans {
  readonly #spans: Span[] = [];
  #size = 0;

  /** How many numbers it holds. */
  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  [Symbol.iterator](): IterableIterator<Readonly<Span>> {
    return this.#spans.values();
  }

  /** Index of the first range that ends behind `seq`. */
  #at(seq: number): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#spans[middle].end > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  has(seq: number): boolean {
    const span = this.#spans[this.#at(seq)];
    return span !== undefined && span.first <= seq;
  }

  /** The first number from `seq` on that is not in the set. */
  gapFrom(seq: number): number {
    const span = this.#spans[this.#at(seq)];
    return span !== undefined && span.first <= seq ? span.end : seq;
  }

  /** The first number from `seq` on that is in the set; Infinity if there is none. */
  nextFrom(seq: number): number {
    const span = this.#spans[this.#at(seq)];
    return span === undefined ? Number.POSITIVE_INFINITY : Math.max(seq, span.first);
  }

  /** @returns how many of first..end-1 were not in it */
  add(first: number, end: number): number {
    if (end <= first) return 0;
    const from = this.#at(first - 1); // one that ends at `first` joins
    let to = from;
    let held = 0;
    const joined = { first, end };
    for (; to < this.#spans.length && this.#spans[to].first <= end; to++) {
      const span = this.#spans[to];
      held += span.end - span.first;
      joined.first = Math.min(joined.first, span.first);
      joined.end = Math.max(joined.end, span.end);
    }
    this.#spans.splice(from, to - from, joined);
    const added = joined.end - joined.first - held;
    this.#size += added;
    return added;
  }

  /** @returns how many of first..end-1 were in it */
  remove(first: number, end: number): number {
    const from = this.#at(first);
    let to = from;
    let removed = 0;
    const rest: Span[] = [];
    for (; to < this.#spans.length && this.#spans[to].first < end; to++) {
      const span = this.#spans[to];
      removed += Math.min(span.end, end) - Math.max(span.first, first);
      if (span.first < first) rest.push({ first: span.first, end: first });
      if (span.end > end) rest.push({ first: end, end: span.end });
    }
    if (removed === 0) return 0;
    this.#spans.splice(from, to - from, ...rest);
    this.#size -= removed;
    return removed;
  }
}
