import type { Hashing } from '../platform/hash';
import type { Artifact } from './types';

/** Writes a structural artifact with its Z-card, cards ordered as Fossil's (fossil.md 7.4). */
export declare function formatArtifact(artifact: Artifact, hashing: Hashing): Uint8Array;
