import type { Command } from './command';

/** To Git and from it. */
export const gitCommands: readonly Command[] = [];
