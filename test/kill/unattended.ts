import type { Questions } from '../../src/engine/operations/interaction';

/** Nobody to ask; the portable driver may write. */
export const unattended: Questions = {
  credentials: () => Promise.resolve(undefined),
  userName: () => Promise.resolve(undefined),
  allowPortableWrites: () => Promise.resolve(true),
};
