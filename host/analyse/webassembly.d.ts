// The part of the WebAssembly JavaScript interface that the host uses: TypeScript has it only in its browser library,
// whose other globals do not exist here.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Table {
    readonly length: number;
  }
  function validate(bytes: Uint8Array): boolean;
}
