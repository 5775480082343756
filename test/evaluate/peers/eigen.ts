/** Eigenvalues and eigenvectors of a symmetric matrix by cyclic rotations (Jacobi 1846); exact enough for any size here. */

const MAX_SWEEPS = 60;
const ENOUGH = 1e-22;

/** @returns largest eigenvalue first; `vectors[k]` has length 1 and belongs to `values[k]` */
export function eigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  const size = a.flat().reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += a[i][j] ** 2;
    if (off <= ENOUGH * size) break;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) rotate(a, v, i, j);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
  return { values: order.map((k) => a[k][k]), vectors: order.map((k) => v[k]) };
}

/** Makes a[p][q] zero; the rows of `v` collect the rotations. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const cotangent = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = Math.sign(cotangent || 1) / (Math.abs(cotangent) + Math.sqrt(cotangent * cotangent + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k][p], a[k][q]];
    a[k][p] = c * x - s * y;
    a[k][q] = s * x + c * y;
  }
  for (const m of [a, v])
    for (let k = 0; k < a.length; k++) {
      const [x, y] = [m[p][k], m[q][k]];
      m[p][k] = c * x - s * y;
      m[q][k] = s * x + c * y;
    }
}
