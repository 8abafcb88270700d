import type { ChangeKind } from '../../engine/checkout/status';
import type { Translate } from '../interaction/translate';

/** How a changed file looks in lists and in the explorer. */
export interface ChangeAppearance {
  /** One letter, as Git's. */
  letter: string;
  /** Id of a theme colour. */
  color: string;
  tooltip: string;
  isStruckThrough: boolean;
}

/** How an unmanaged file looks. */
export function extraAppearance(t: Translate): ChangeAppearance {
  return appearance('U', 'untrackedResourceForeground', t('Not managed by Fossil'));
}

export function changeAppearance(kind: ChangeKind, t: Translate): ChangeAppearance {
  switch (kind) {
    case 'edited':
      return appearance('M', 'modifiedResourceForeground', t('Edited'));
    case 'added':
      return appearance('A', 'addedResourceForeground', t('Added'));
    case 'deleted':
      return { ...appearance('D', 'deletedResourceForeground', t('Deleted')), isStruckThrough: true };
    case 'renamed':
      return appearance('R', 'renamedResourceForeground', t('Renamed'));
    case 'missing':
      return { ...appearance('!', 'deletedResourceForeground', t('Missing')), isStruckThrough: true };
    case 'not-a-file':
      return appearance('!', 'conflictingResourceForeground', t('Not a regular file any more'));
    case 'conflict':
      return appearance('!', 'conflictingResourceForeground', t('Merge conflict'));
    case 'executable':
      return appearance('X', 'modifiedResourceForeground', t('Made executable'));
    case 'unexecutable':
      return appearance('X', 'modifiedResourceForeground', t('Made not executable'));
    case 'symlink':
      return appearance('L', 'modifiedResourceForeground', t('Became a symbolic link'));
    case 'unlink':
      return appearance('L', 'modifiedResourceForeground', t('Is no symbolic link any more'));
    case 'updated-by-merge':
      return appearance('M', 'modifiedResourceForeground', t('Updated by a merge'));
    case 'added-by-merge':
      return appearance('A', 'addedResourceForeground', t('Added by a merge'));
    case 'updated-by-integrate':
      return appearance('M', 'modifiedResourceForeground', t('Updated by an integrate'));
    case 'added-by-integrate':
      return appearance('A', 'addedResourceForeground', t('Added by an integrate'));
  }
}

function appearance(letter: string, color: string, tooltip: string): ChangeAppearance {
  return { letter, color: `gitDecoration.${color}`, tooltip, isStruckThrough: false };
}

/** Whether the checked-out version has the file, so that there is something to compare with. */
export function hasBaseline(kind: ChangeKind): boolean {
  return kind !== 'added' && kind !== 'added-by-merge' && kind !== 'added-by-integrate';
}

/** Whether there is a file on the disk to open. */
export function isOnDisk(kind: ChangeKind): boolean {
  return kind !== 'deleted' && kind !== 'missing';
}
