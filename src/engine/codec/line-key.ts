/** What makes no difference when lines are compared. */
export interface LineComparison {
  /** White space that makes no difference; default none. */
  ignores?: 'trailing-space' | 'all-space';
  /** A carriage return at the end of a line makes no difference. */
  ignoresTrailingCr?: boolean;
}

/** @returns what of a line counts: lines with equal keys are equal */
export function lineKey({ ignores, ignoresTrailingCr }: LineComparison): (line: string) => string {
  if (ignores === 'all-space') return (line) => line.replaceAll(/[ \t\n\v\f\r]/g, '');
  if (ignores === 'trailing-space') return (line) => line.replace(/[ \t\n\v\f\r]+$/, '');
  return ignoresTrailingCr === true ? (line) => line.replace(/\r(?=\n?$)/, '') : (line) => line;
}
