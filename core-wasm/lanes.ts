// One source for both modules: T is v128 (four f32 lanes) in the SIMD build and f32 in the scalar build. Every function
// works lane by lane in the same order, so both builds give the same bits. No fused multiply-add, no relaxed SIMD.

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

@inline export function min<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.min(a, b);
  else return <T>NativeMathf.min(<f32>a, <f32>b);
}

@inline export function max<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.max(a, b);
  else return <T>NativeMathf.max(<f32>a, <f32>b);
}

@inline export function splat<T>(value: f32): T {
  if (isVector<T>()) return f32x4.splat(value);
  else return <T>value;
}

@inline export function lanesOf<T>(): i32 {
  if (isVector<T>()) return 4;
  else return 1;
}

/** Sums always run in four lanes, whichever the build; this adds the four in the one written order. */
@inline export function addLanes(lanes: usize): f32 {
  return load<f32>(lanes) + load<f32>(lanes, 8) + (load<f32>(lanes, 4) + load<f32>(lanes, 12));
}
