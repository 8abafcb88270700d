import type { Repository } from '../repository/repository';
import { settingFlag } from '../repository/setting-flag';
import { setting } from '../repository/settings';

/** Commands that sync by themselves (fossil.md 3.6). */
export type AutosyncCommand = 'commit' | 'update' | 'merge' | 'open' | 'branch';

export interface AutosyncPolicy {
  pulls: boolean;
  /** Also sends what was made here, and locks the parent of a check-in to be. */
  pushes: boolean;
  /** With every remote that has a name, and not only the default one. */
  isWithAll: boolean;
  /** How often it is tried before it counts as failed. */
  tries: number;
}

/** What the setting `autosync` says for a command, such as `on`, `pullonly`, `all`, `off,commit=pullonly`. */
export function autosyncPolicy(repository: Repository, command: AutosyncCommand): AutosyncPolicy {
  const value = valueFor(setting(repository, 'autosync') ?? 'on', command).toLowerCase();
  const isOn = !['off', 'no', 'false', '0'].includes(value);
  const tries = Number.parseInt(setting(repository, 'autosync-tries') ?? '1', 10);
  return {
    pulls: isOn,
    pushes: isOn && !value.includes('pull') && !settingFlag(repository, 'dont-push', false),
    isWithAll: isOn && value.includes('all'),
    tries: Number.isFinite(tries) ? Math.max(1, tries) : 1,
  };
}

/** The first plain entry of the list counts, unless one is for the command. */
function valueFor(list: string, command: AutosyncCommand): string {
  const entries = list.split(',').map((entry) => entry.trim());
  const own = entries.find((entry) => entry.startsWith(`${command}=`));
  if (own !== undefined) return own.slice(command.length + 1);
  return entries.find((entry) => entry !== '' && !entry.includes('=')) ?? 'on';
}
