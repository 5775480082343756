// Settings of the point as configure has taken them over: words of memory.ts.
import { STATE_SETTINGS } from './map';

@inline export function settingU32(word: i32): u32 {
  return load<u32>(STATE_SETTINGS + (<usize>word << 2));
}

@inline export function settingF32(word: i32): f32 {
  return load<f32>(STATE_SETTINGS + (<usize>word << 2));
}
