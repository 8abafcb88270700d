import type { Command } from './command';

/** Users, settings, remotes, and what the repository must not hold. */
export const adminCommands: readonly Command[] = [];
