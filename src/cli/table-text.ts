/** Cells in columns: the first to the left, all others to the right unless told otherwise. */
export const tableText = (rows: readonly (readonly string[])[], isLeft: (column: number) => boolean = (column) => column === 0): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => (isLeft(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()).join('\n')
}
