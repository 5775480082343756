/**
 * Gives the memory of a block back at once. For the last receiver of a block: whoever looks at it afterwards finds it
 * empty. Left to the garbage collector, blocks pile up to 64 MiB before V8 looks for them, and a replay makes that in a
 * second. A lane that is only a part of its buffer is left alone.
 */
export function release(channels: Float32Array[]): void {
  for (const { buffer, byteLength } of channels)
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached) buffer.transfer(0);
}
