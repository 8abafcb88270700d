import * as fs from 'node:fs/promises';

/** What one part of the tests came to. */
export interface Summary {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly { readonly title: string; readonly message: string }[];
}

/** A part that failed as a whole, before or beside its tests. */
export function failedSummary(title: string, error: unknown): Summary {
  return { passed: 0, skipped: 0, failures: [{ title, message: errorWithCauses(error) }] };
}

/**
 * Reads what the summary reporter wrote.
 *
 * @returns the summary; a failed one when there is none, or when it names no test at all: an exit code says too little (VS Code
 * reports 0 when its extension host was killed)
 */
export async function readSummary(file: string, title: string): Promise<Summary> {
  let summary: Summary;
  try {
    summary = JSON.parse(await fs.readFile(file, 'utf8')) as Summary;
  } catch (error) {
    return failedSummary(title, new Error('The tests ended without a summary.', { cause: error }));
  }
  return summary.passed + summary.failures.length === 0 ? failedSummary(title, new Error('No test ran.')) : summary;
}

function errorWithCauses(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const cause = error.cause === undefined ? '' : `\nbecause: ${errorWithCauses(error.cause)}`;
  return `${error.message}${cause}`;
}
