import { artifactCommand, whatisCommand } from './artifact-commands';
import type { Command } from './command';
import { diffCommand } from './diff-command';
import { catCommand, finfoCommand, lsCommand } from './file-commands';
import { descendantsCommand, mergeBaseCommand, pathCommand } from './graph-commands';
import { infoCommand } from './info-command';
import { leavesCommand } from './leaves-command';
import { searchCommand } from './search-command';
import { timelineCommand } from './timeline-command';

/** Looking at what the repository holds. */
export const historyCommands: readonly Command[] = [
  timelineCommand,
  infoCommand,
  finfoCommand,
  lsCommand,
  catCommand,
  diffCommand,
  artifactCommand,
  whatisCommand,
  searchCommand,
  leavesCommand,
  descendantsCommand,
  mergeBaseCommand,
  pathCommand,
];
