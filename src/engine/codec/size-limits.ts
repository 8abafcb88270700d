/** What SQLite holds in one value, and so the most bytes that an artifact can have. */
export const LARGEST_ARTIFACT = 1_000_000_000;

/** What one artifact that a stranger sends may have when nothing else is set: 512 MB (DESIGN.md, memory). */
export const ARTIFACT_LIMIT = 512 * 1024 * 1024;
