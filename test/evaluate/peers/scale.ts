/** Every peer sees its columns in healthy standard deviations. */

export type Row = readonly number[];

/** A model learned from healthy rows. Higher is further from normal; the scale is the model's own. */
export type Score = (row: Row) => number;

/** Relative and absolute floor of a deviation, so that a column that never moved in learning does not rule. */
const RELATIVE_FLOOR = 1e-3;
const ABSOLUTE_FLOOR = 1e-6;

/** Learns mean and deviation of each column. @returns what brings a row to that scale */
export function scaleOf(rows: readonly Row[]): (row: Row) => number[] {
  const columns = rows[0].map((_, column) => {
    const values = rows.map((row) => row[column]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const size = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) + RELATIVE_FLOOR * size + ABSOLUTE_FLOOR };
  });
  return (row) => row.map((value, column) => (value - columns[column].mean) / columns[column].deviation);
}
