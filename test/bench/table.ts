/** What one run of a process took. */
export interface Measurement {
  seconds: number;
  kilobytes: number;
}

export function medianOf(measurements: readonly Measurement[], figure: keyof Measurement): number {
  const sorted = measurements.map((measurement) => measurement[figure]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Rows under a header, columns aligned. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
