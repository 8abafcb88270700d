import type { Command } from './command';
import { configCommand, configurationCommand } from './config-commands';
import { hashPolicyCommand, publishCommand, scrubCommand, shunCommand, unpublishedCommand } from './guard-commands';
import { remoteCommand, remoteUrlCommand } from './remote-commands';
import { setCommand, settingsCommand, unsetCommand } from './settings-commands';
import { userCommand } from './user-commands';

/** Users, settings, remotes, and what the repository must not hold. */
export const adminCommands: readonly Command[] = [
  userCommand,
  settingsCommand,
  setCommand,
  unsetCommand,
  configCommand,
  configurationCommand,
  remoteCommand,
  remoteUrlCommand,
  shunCommand,
  publishCommand,
  unpublishedCommand,
  scrubCommand,
  hashPolicyCommand,
];
