// Order statistics of a few hundred values, in place.

/** Value of rank k (0 = smallest) of n f32 at p, n >= 1; reorders them. Quickselect, middle pivot: no recursion. */
export function rank(p: usize, n: i32, k: i32): f32 {
  let low = 0, high = n - 1;
  while (low < high) {
    const pivot = load<f32>(p + (<usize>((low + high) >> 1) << 2));
    let i = low, j = high;
    while (i <= j) {
      while (load<f32>(p + (<usize>i << 2)) < pivot) i++;
      while (load<f32>(p + (<usize>j << 2)) > pivot) j--;
      if (i <= j) {
        const a = p + (<usize>i << 2), b = p + (<usize>j << 2);
        const v = load<f32>(a);
        store<f32>(a, load<f32>(b));
        store<f32>(b, v);
        i++;
        j--;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return load<f32>(p + (<usize>k << 2));
}

/** Median of n f32 at p; the mean of the two middle values when n is even. Reorders them. */
export function median(p: usize, n: i32): f32 {
  const upper = rank(p, n, n >> 1);
  if (n & 1) return upper;
  return (upper + rank(p, n, (n >> 1) - 1)) * 0.5;
}
