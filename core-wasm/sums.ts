// Sums of many f32: four lanes, in blocks of 64 values, in one written order whichever the build. The error of a sum grows
// with the length of a block and the number of blocks, not with their product.
import { add, addLanes, lanesOf, splat } from './lanes';
import { LANES } from './map';

const BLOCK_BYTES: usize = 256;

@inline function sumAs<T>(x: usize, bytes: usize): f32 {
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let total = splat<T>(0);
    for (let block: usize = 0; block < bytes; block += BLOCK_BYTES) {
      let part = splat<T>(0);
      const end = x + min<usize>(block + BLOCK_BYTES, bytes);
      for (let p = x + block + (<usize>lane << 2); p < end; p += 16) part = add<T>(part, load<T>(p));
      total = add<T>(total, part);
    }
    store<T>(LANES + (<usize>lane << 2), total);
  }
  return addLanes(LANES);
}

/** Sum of count f32 at x; what is left over by groups of four comes last. */
export function sumOf(x: usize, count: i32): f32 {
  const bytes = <usize>(count & ~3) << 2;
  let sum = ASC_FEATURE_SIMD ? sumAs<v128>(x, bytes) : sumAs<f32>(x, bytes);
  for (let p = x + bytes, end = x + (<usize>count << 2); p < end; p += 4) sum += load<f32>(p);
  return sum;
}
