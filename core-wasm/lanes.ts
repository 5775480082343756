// One source for both modules: T is v128 (four f32 lanes) in the SIMD build and f32 in the scalar build. Every function
// works lane by lane in the same order, so both builds give the same bits. No fused multiply-add, no relaxed SIMD.

/**
 * Which of the four lanes of a vector a scalar function works on, as a type: its size is the lane's distance in bytes. Only
 * a type reaches the immediate offset of a load, and an offset there costs nothing, where an addition would.
 */
@unmanaged export class Lane0 {}
@unmanaged export class Lane1 { a: f32; }
@unmanaged export class Lane2 { a: f32; b: f32; }
@unmanaged export class Lane3 { a: f32; b: f32; c: f32; }

@inline export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(a, b);
  else return <T>(a + b);
}

@inline export function sub<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.sub(a, b);
  else return <T>(a - b);
}

@inline export function mul<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.mul(a, b);
  else return <T>(a * b);
}

/** The smaller one, a when they compare equal or not at all: one instruction, where IEEE minimum takes eight. */
@inline export function min<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.pmin(a, b);
  else return b < a ? b : a;
}

@inline export function max<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.pmax(a, b);
  else return a < b ? b : a;
}

@inline export function splat<T>(value: f32): T {
  if (isVector<T>()) return f32x4.splat(value);
  else return <T>value;
}

/** The f32 at p in every lane. */
@inline export function splatAt<T>(p: usize): T {
  if (isVector<T>()) return v128.load32_splat(p);
  else return <T>load<f32>(p);
}

@inline export function lanesOf<T>(): i32 {
  if (isVector<T>()) return 4;
  else return 1;
}

/** Sums always run in four lanes, whichever the build; this adds the four in the one written order. */
@inline export function addLanes(lanes: usize): f32 {
  return load<f32>(lanes) + load<f32>(lanes, 8) + (load<f32>(lanes, 4) + load<f32>(lanes, 12));
}
