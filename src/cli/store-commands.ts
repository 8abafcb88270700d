import type { Command } from './command';

/** Work on the repository file as a whole: rebuilding what follows from the artifacts. */
export const storeCommands: readonly Command[] = [];
