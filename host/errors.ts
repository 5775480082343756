/**
 * Errors that a person reads. The text says where, what, got, wanted, and what happens now; `code` is stable and is
 * what callers test. Anything else that is thrown is a defect of Spindle (exit 70).
 */
export class SpindleError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The user's input is at fault: a file, an option, a setting. Exit 2. */
export class InputError extends SpindleError {}

/** A record, export or chain is damaged. Exit 1 where that was the question, else 2. */
export class DamageError extends SpindleError {}

/** The core refused a call: a defect of the caller, with the core's own status in `code`. */
export class CoreError extends SpindleError {}

/** The far side cannot be reached or did not answer: try again later. */
export class TransportError extends SpindleError {}
