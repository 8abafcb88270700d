import type { Command } from './command';
import { timelineCommand } from './timeline-command';

/** Looking at what the repository holds. */
export const historyCommands: readonly Command[] = [timelineCommand];
