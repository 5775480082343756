/** What the way from WebAssembly to C refuses. `code` is stable; the text says where, what was found and what was wanted. */
export class AotError extends Error {
  readonly code: 'AOT_MODULE' | 'AOT_WASM2C' | 'AOT_TEXT' | 'AOT_OBLIVIOUS' | 'AOT_MEMORY' | 'AOT_COMPILER' | 'AOT_RUN';

  constructor(code: AotError['code'], text: string, options?: ErrorOptions) {
    super(`${code}: ${text}`, options);
    this.name = 'AotError';
    this.code = code;
  }
}
