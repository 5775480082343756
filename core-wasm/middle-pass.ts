// Middle passes: groups of length n and stride s >= 4, from split planes at x to split planes at y. The stride runs in lanes
// of T, so nothing is shuffled and one source serves both kernels.
import { add, mul, sub } from './lanes';
import { TWIDDLES } from './map';
import { twiddleStep } from './twiddles';

const SQRT_HALF: f32 = 0.70710678118654752;

@inline function splatAt<T>(p: usize): T {
  if (isVector<T>()) return v128.load32_splat(p);
  else return <T>load<f32>(p);
}

/** Radix 4; the first group has no twiddles. */
@inline export function middle4<T>(x: usize, y: usize, im: usize, n: i32, s: i32): void {
  const bytes = <usize>s << 2, q = <usize>n * <usize>s;
  for (const end = y + bytes; y < end; x += sizeof<T>(), y += sizeof<T>()) {
    const ar = load<T>(x), ai = load<T>(x + im), cr = load<T>(x + 2 * q), ci = load<T>(x + 2 * q + im);
    const pr = add<T>(ar, cr), pi = add<T>(ai, ci), mr = sub<T>(ar, cr), mi = sub<T>(ai, ci);
    const br = load<T>(x + q), bi = load<T>(x + q + im), dr = load<T>(x + 3 * q), di = load<T>(x + 3 * q + im);
    const qr = add<T>(br, dr), qi = add<T>(bi, di), nr = sub<T>(br, dr), ni = sub<T>(bi, di);
    store<T>(y, add<T>(pr, qr));
    store<T>(y + im, add<T>(pi, qi));
    store<T>(y + bytes, add<T>(mr, ni));
    store<T>(y + bytes + im, sub<T>(mi, nr));
    store<T>(y + 2 * bytes, sub<T>(pr, qr));
    store<T>(y + 2 * bytes + im, sub<T>(pi, qi));
    store<T>(y + 3 * bytes, sub<T>(mr, ni));
    store<T>(y + 3 * bytes + im, add<T>(mi, nr));
  }
  y += 3 * bytes;
  const step = twiddleStep(n);
  let t1 = TWIDDLES + step, t2 = TWIDDLES + 2 * step, t3 = TWIDDLES + 3 * step;
  for (const groups = x - bytes + q; x < groups; t1 += step, t2 += 2 * step, t3 += 3 * step) {
    const w1r = splatAt<T>(t1), w1i = splatAt<T>(t1 + 4), w2r = splatAt<T>(t2), w2i = splatAt<T>(t2 + 4);
    const w3r = splatAt<T>(t3), w3i = splatAt<T>(t3 + 4);
    for (const end = y + bytes; y < end; x += sizeof<T>(), y += sizeof<T>()) {
      const ar = load<T>(x), ai = load<T>(x + im), cr = load<T>(x + 2 * q), ci = load<T>(x + 2 * q + im);
      const pr = add<T>(ar, cr), pi = add<T>(ai, ci), mr = sub<T>(ar, cr), mi = sub<T>(ai, ci);
      const br = load<T>(x + q), bi = load<T>(x + q + im), dr = load<T>(x + 3 * q), di = load<T>(x + 3 * q + im);
      const qr = add<T>(br, dr), qi = add<T>(bi, di), nr = sub<T>(br, dr), ni = sub<T>(bi, di);
      store<T>(y, add<T>(pr, qr));
      store<T>(y + im, add<T>(pi, qi));
      const r1 = add<T>(mr, ni), i1 = sub<T>(mi, nr);
      store<T>(y + bytes, sub<T>(mul<T>(r1, w1r), mul<T>(i1, w1i)));
      store<T>(y + bytes + im, add<T>(mul<T>(r1, w1i), mul<T>(i1, w1r)));
      const r2 = sub<T>(pr, qr), i2 = sub<T>(pi, qi);
      store<T>(y + 2 * bytes, sub<T>(mul<T>(r2, w2r), mul<T>(i2, w2i)));
      store<T>(y + 2 * bytes + im, add<T>(mul<T>(r2, w2i), mul<T>(i2, w2r)));
      const r3 = sub<T>(mr, ni), i3 = add<T>(mi, nr);
      store<T>(y + 3 * bytes, sub<T>(mul<T>(r3, w3r), mul<T>(i3, w3i)));
      store<T>(y + 3 * bytes + im, add<T>(mul<T>(r3, w3i), mul<T>(i3, w3r)));
    }
    y += 3 * bytes;
  }
}

/** Stores (r, i) times the twiddle at w. */
@inline function storeTurned<T>(y: usize, im: usize, r: T, i: T, w: usize): void {
  const wr = splatAt<T>(w), wi = splatAt<T>(w + 4);
  store<T>(y, sub<T>(mul<T>(r, wr), mul<T>(i, wi)));
  store<T>(y + im, add<T>(mul<T>(r, wi), mul<T>(i, wr)));
}

@inline function splatOf<T>(value: f32): T {
  if (isVector<T>()) return f32x4.splat(value);
  else return <T>value;
}

/** Radix 8: once, where log2 m is odd; most often the second pass, with stride 4. */
@inline export function middle8<T>(x: usize, y: usize, im: usize, n: i32, s: i32): void {
  const bytes = <usize>s << 2, e = (<usize>n * <usize>s) >> 1;
  const c = splatOf<T>(SQRT_HALF);
  const step = twiddleStep(n);
  let w: usize = 0; // p * step
  for (const groups = x + e; x < groups; w += step, y += 7 * bytes)
    for (const end = y + bytes; y < end; x += sizeof<T>(), y += sizeof<T>()) {
      let ar = load<T>(x), ai = load<T>(x + im), br = load<T>(x + 4 * e), bi = load<T>(x + 4 * e + im);
      const s0r = add<T>(ar, br), s0i = add<T>(ai, bi), d0r = sub<T>(ar, br), d0i = sub<T>(ai, bi);
      ar = load<T>(x + 2 * e); ai = load<T>(x + 2 * e + im); br = load<T>(x + 6 * e); bi = load<T>(x + 6 * e + im);
      const s2r = add<T>(ar, br), s2i = add<T>(ai, bi), d2r = sub<T>(ar, br), d2i = sub<T>(ai, bi);
      const e0r = add<T>(s0r, s2r), e0i = add<T>(s0i, s2i), e1r = sub<T>(s0r, s2r), e1i = sub<T>(s0i, s2i);
      const f0r = add<T>(d0r, d2i), f0i = sub<T>(d0i, d2r), f1r = sub<T>(d0r, d2i), f1i = add<T>(d0i, d2r);
      ar = load<T>(x + e); ai = load<T>(x + e + im); br = load<T>(x + 5 * e); bi = load<T>(x + 5 * e + im);
      const s1r = add<T>(ar, br), s1i = add<T>(ai, bi), d1r = sub<T>(ar, br), d1i = sub<T>(ai, bi);
      ar = load<T>(x + 3 * e); ai = load<T>(x + 3 * e + im); br = load<T>(x + 7 * e); bi = load<T>(x + 7 * e + im);
      const s3r = add<T>(ar, br), s3i = add<T>(ai, bi), d3r = sub<T>(ar, br), d3i = sub<T>(ai, bi);
      const o0r = add<T>(s1r, s3r), o0i = add<T>(s1i, s3i), o1r = sub<T>(s1r, s3r), o1i = sub<T>(s1i, s3i);
      store<T>(y, add<T>(e0r, o0r));
      store<T>(y + im, add<T>(e0i, o0i));
      storeTurned<T>(y + 4 * bytes, im, sub<T>(e0r, o0r), sub<T>(e0i, o0i), TWIDDLES + 4 * w);
      storeTurned<T>(y + 2 * bytes, im, add<T>(e1r, o1i), sub<T>(e1i, o1r), TWIDDLES + 2 * w);
      storeTurned<T>(y + 6 * bytes, im, sub<T>(e1r, o1i), add<T>(e1i, o1r), TWIDDLES + 6 * w);
      const t1r = mul<T>(add<T>(d1r, d1i), c), t1i = mul<T>(sub<T>(d1i, d1r), c);
      const t3r = mul<T>(sub<T>(d3i, d3r), c), t3n = mul<T>(add<T>(d3r, d3i), c); // minus its imaginary part
      const g0r = add<T>(t1r, t3r), g0i = sub<T>(t1i, t3n), g1r = sub<T>(t1r, t3r), g1i = add<T>(t1i, t3n);
      storeTurned<T>(y + bytes, im, add<T>(f0r, g0r), add<T>(f0i, g0i), TWIDDLES + w);
      storeTurned<T>(y + 5 * bytes, im, sub<T>(f0r, g0r), sub<T>(f0i, g0i), TWIDDLES + 5 * w);
      storeTurned<T>(y + 3 * bytes, im, add<T>(f1r, g1i), sub<T>(f1i, g1r), TWIDDLES + 3 * w);
      storeTurned<T>(y + 7 * bytes, im, sub<T>(f1r, g1i), add<T>(f1i, g1r), TWIDDLES + 7 * w);
    }
}

/** Radix 2: only for 32 points, which no radix 8 fits between the first and the last pass. */
@inline export function middle2<T>(x: usize, y: usize, im: usize, n: i32, s: i32): void {
  const bytes = <usize>s << 2, h = <usize>(n >> 1) * bytes;
  const step = twiddleStep(n);
  let w = TWIDDLES;
  for (const groups = x + h; x < groups; w += step, y += bytes)
    for (const end = y + bytes; y < end; x += sizeof<T>(), y += sizeof<T>()) {
      const ar = load<T>(x), ai = load<T>(x + im), br = load<T>(x + h), bi = load<T>(x + h + im);
      store<T>(y, add<T>(ar, br));
      store<T>(y + im, add<T>(ai, bi));
      storeTurned<T>(y + bytes, im, sub<T>(ar, br), sub<T>(ai, bi), w);
    }
}

