import type { Hashing } from '../platform/hash';
import type { Artifact } from './types';

/**
 * Reads a structural artifact (fossil.md 7). Strict: whatever deviates is file content.
 * @returns undefined when the bytes are not a structural artifact
 */
export declare function parseArtifact(content: Uint8Array, hashing: Hashing): Artifact | undefined;
