/**
 * The number of a record in the file: its epoch above, its seq in the low 40 bits. One integer key keeps the rows of an
 * epoch together and in order, and spares each commit the page of a second index.
 */
export const SEQS = 2 ** 40;
/** Numbers beyond 2^53 are not exact in JavaScript. */
export const MOST_EPOCHS = 2 ** 13 - 1;

/** @example frameId(1, 5) -> 1099511627781 */
export const frameId = (epochId: number, seq: number): number => epochId * SEQS + seq;
export const epochIdOf = (id: number): number => Math.floor(id / SEQS);
export const seqOf = (id: number): number => id % SEQS;
