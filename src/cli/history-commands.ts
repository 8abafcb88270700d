import type { Command } from './command';

/** Looking at what the repository holds. */
export const historyCommands: readonly Command[] = [];
