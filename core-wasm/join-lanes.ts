// Last forward step: the four spectra that stand in the four lanes become the bins of the whole transform. Lanes turn into
// rows (a transposition of 4 x 4), lane l is turned by its twiddle, one radix-4 butterfly gives X[k], X[k+v] and, mirrored,
// X[v-k], X[2v-k]. Bins are interleaved (re, im).
import { add, Lane0, Lane1, Lane2, Lane3, mul, sub } from './lanes';

/** X[0], X[v], X[2v], from X[0] of the four. */
function joinFirstLanes(f: usize, o: usize, far: usize): void {
  const a = load<f32>(f), b = load<f32>(f, 4), c = load<f32>(f, 8), d = load<f32>(f, 12);
  const p = a + c, s = b + d;
  store<f32>(o, p + s);
  store<f32>(o, 0, 4);
  store<f32>(o + far, a - c);
  store<f32>(o + far, d - b, 4);
  store<f32>(o + 2 * far, p - s);
  store<f32>(o + 2 * far, 0, 4);
}

/** Four bins in ascending order. */
@inline function storeBins(o: usize, r: v128, i: v128): void {
  v128.store(o, v128.shuffle<f32>(r, i, 0, 4, 1, 5));
  v128.store(o, v128.shuffle<f32>(r, i, 2, 6, 3, 7), 16);
}

/** Four bins in descending order. */
@inline function storeMirrored(o: usize, r: v128, i: v128): void {
  const low = v128.shuffle<f32>(r, i, 0, 4, 1, 5), high = v128.shuffle<f32>(r, i, 2, 6, 3, 7);
  v128.store(o, v128.shuffle<i64>(high, high, 1, 0));
  v128.store(o, v128.shuffle<i64>(low, low, 1, 0), 16);
}

function joinVectors(f: usize, v: i32, up: usize, down: usize, far: usize, t: usize): void {
  for (const end = f + (<usize>v << 4); f < end; f += 128, t += 96, up += 32, down -= 32) {
    let k0 = v128.load(f), k1 = v128.load(f, 32), k2 = v128.load(f, 64), k3 = v128.load(f, 96);
    let ab = v128.shuffle<f32>(k0, k1, 0, 4, 1, 5), AB = v128.shuffle<f32>(k0, k1, 2, 6, 3, 7);
    let cd = v128.shuffle<f32>(k2, k3, 0, 4, 1, 5), CD = v128.shuffle<f32>(k2, k3, 2, 6, 3, 7);
    const ar = v128.shuffle<i64>(ab, cd, 0, 2), Br = v128.shuffle<i64>(ab, cd, 1, 3);
    const Cr = v128.shuffle<i64>(AB, CD, 0, 2), Dr = v128.shuffle<i64>(AB, CD, 1, 3);
    k0 = v128.load(f, 16); k1 = v128.load(f, 48); k2 = v128.load(f, 80); k3 = v128.load(f, 112);
    ab = v128.shuffle<f32>(k0, k1, 0, 4, 1, 5); AB = v128.shuffle<f32>(k0, k1, 2, 6, 3, 7);
    cd = v128.shuffle<f32>(k2, k3, 0, 4, 1, 5); CD = v128.shuffle<f32>(k2, k3, 2, 6, 3, 7);
    const ai = v128.shuffle<i64>(ab, cd, 0, 2), Bi = v128.shuffle<i64>(ab, cd, 1, 3);
    const Ci = v128.shuffle<i64>(AB, CD, 0, 2), Di = v128.shuffle<i64>(AB, CD, 1, 3);
    let wr = v128.load(t, 32), wi = v128.load(t, 48);
    const cr = sub(mul(Cr, wr), mul(Ci, wi)), ci = add(mul(Cr, wi), mul(Ci, wr));
    const pr = add(ar, cr), pi = add(ai, ci), mr = sub(ar, cr), mi = sub(ai, ci);
    wr = v128.load(t); wi = v128.load(t, 16);
    const br = sub(mul(Br, wr), mul(Bi, wi)), bi = add(mul(Br, wi), mul(Bi, wr));
    wr = v128.load(t, 64); wi = v128.load(t, 80);
    const dr = sub(mul(Dr, wr), mul(Di, wi)), di = add(mul(Dr, wi), mul(Di, wr));
    const sr = add(br, dr), si = add(bi, di), nr = sub(dr, br), ni = sub(di, bi);
    storeBins(up, add(pr, sr), add(pi, si));
    storeBins(up + far, sub(mr, ni), add(mi, nr));
    storeMirrored(down, add(mr, ni), sub(nr, mi));
    storeMirrored(down + far, sub(pr, sr), sub(si, pi));
  }
}

/** Bin `offsetof<L>() / 4` of a block of four. */
@inline function joinScalar<L>(f: usize, up: usize, down: usize, far: usize, t: usize): void {
  const F: usize = 8 * offsetof<L>(), T: usize = offsetof<L>(), U: usize = 2 * offsetof<L>(), D: usize = 24 - 2 * offsetof<L>();
  const Cr = load<f32>(f, F + 8), Ci = load<f32>(f, F + 24);
  let wr = load<f32>(t, T + 32), wi = load<f32>(t, T + 48);
  const cr = Cr * wr - Ci * wi, ci = Cr * wi + Ci * wr;
  const ar = load<f32>(f, F), ai = load<f32>(f, F + 16);
  const pr = ar + cr, pi = ai + ci, mr = ar - cr, mi = ai - ci;
  const Br = load<f32>(f, F + 4), Bi = load<f32>(f, F + 20);
  wr = load<f32>(t, T); wi = load<f32>(t, T + 16);
  const br = Br * wr - Bi * wi, bi = Br * wi + Bi * wr;
  const Dr = load<f32>(f, F + 12), Di = load<f32>(f, F + 28);
  wr = load<f32>(t, T + 64); wi = load<f32>(t, T + 80);
  const dr = Dr * wr - Di * wi, di = Dr * wi + Di * wr;
  const sr = br + dr, si = bi + di, nr = dr - br, ni = di - bi;
  store<f32>(up, pr + sr, U);
  store<f32>(up, pi + si, U + 4);
  store<f32>(up + far, mr - ni, U);
  store<f32>(up + far, mi + nr, U + 4);
  store<f32>(down, mr + ni, D);
  store<f32>(down, nr - mi, D + 4);
  store<f32>(down + far, pr - sr, D);
  store<f32>(down + far, si - pi, D + 4);
}

function joinScalars(f: usize, v: i32, up: usize, down: usize, far: usize, t: usize): void {
  for (const end = f + (<usize>v << 4); f < end; f += 128, t += 96, up += 32, down -= 32) {
    joinScalar<Lane0>(f, up, down, far, t);
    joinScalar<Lane1>(f, up, down, far, t);
    joinScalar<Lane2>(f, up, down, far, t);
    joinScalar<Lane3>(f, up, down, far, t);
  }
}

/**
 * From the spectra of v elements at f (16 bytes more are written there) to the 2v + 1 bins at o. Blocks of four start at
 * k = 1, so that they end at v/2, whose imaginary part is zero and has no place in half-complex order.
 */
export function joinLanes(f: usize, o: usize, v: i32, table: usize): void {
  const far = <usize>v << 3;
  joinFirstLanes(f, o, far);
  memory.fill(f + (<usize>v << 4), 0, 16);
  if (ASC_FEATURE_SIMD) joinVectors(f + 16, v, o + 8, o + far - 32, far, table);
  else joinScalars(f + 16, v, o + 8, o + far - 32, far, table);
}
