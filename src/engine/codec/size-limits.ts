import type { Environment } from '../platform/environment';

/** What SQLite holds in one value, and so the most bytes that an artifact can have. */
export const LARGEST_ARTIFACT = 1_000_000_000;

const MEGABYTE = 1_000_000;
/** What one artifact that a stranger sends may have when nothing else is set (DESIGN.md, memory). */
export const ARTIFACT_LIMIT = 512 * MEGABYTE;

/** Sets another limit, in megabytes; the editor sets it by its setting `trilobite.largestArtifact`. */
export const ARTIFACT_LIMIT_VARIABLE = 'TRILOBITE_LARGEST_ARTIFACT';

/** How the user takes what is refused for its size. */
export const HOW_TO_TAKE_LARGER = `Set the environment variable ${ARTIFACT_LIMIT_VARIABLE}, in VS Code the setting trilobite.largestArtifact, to more megabytes to take it (at most ${LARGEST_ARTIFACT / MEGABYTE}).`;

/** @returns the most bytes that one artifact of a stranger may have */
export function artifactLimit({ variables }: Pick<Environment, 'variables'>): number {
  const megabytes = Number(variables[ARTIFACT_LIMIT_VARIABLE] ?? Number.NaN);
  return megabytes > 0 ? Math.min(megabytes * MEGABYTE, LARGEST_ARTIFACT) : ARTIFACT_LIMIT;
}
