import { randomBytes } from 'node:crypto';
import type { Random } from './random';

/** The operating system's randomness. */
export const nodeRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
