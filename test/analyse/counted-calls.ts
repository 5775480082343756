/** Counts every call that crosses into WebAssembly, whoever makes it: instances made meanwhile have counting exports. */

/** What is used of an instance, as JavaScript allows it to be replaced. */
interface Replaceable {
  Instance: new (module: WebAssembly.Module, imports?: object) => { exports: Record<string, unknown> };
}

export interface CountedCalls {
  /** Names of the exports called, in order, and on until the end of the process. */
  calls: string[];
  memories: WebAssembly.Memory[];
  /** Instances made from now on are plain again. */
  stop(): void;
}

export function countingCalls(): CountedCalls {
  const calls: string[] = [];
  const memories: WebAssembly.Memory[] = [];
  const engine = WebAssembly as unknown as Replaceable;
  const { Instance } = engine;
  engine.Instance = class {
    readonly exports: Record<string, unknown>;

    constructor(module: WebAssembly.Module, imports?: object) {
      const { exports } = new Instance(module, imports);
      const counted = Object.entries(exports).map(([name, value]) => {
        if (typeof value !== 'function') return [name, value] as const;
        const counting = (...args: unknown[]): unknown => {
          calls.push(name);
          return value(...args);
        };
        return [name, counting] as const;
      });
      this.exports = Object.fromEntries(counted);
      memories.push(exports.memory as WebAssembly.Memory);
    }
  };
  const stop = (): void => {
    engine.Instance = Instance;
  };
  return { calls, memories, stop };
}
