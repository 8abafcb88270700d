import { isAddablePath, isReservedName as isReservedInCheckins, isSimplePath } from '../artifact/file-name';
import { EngineError } from '../errors';

const checkoutDatabases = ['_FOSSIL_', '.fslckout', '.fos'];
const sidecars = ['', '-journal', '-wal', '-shm'];
const windowsDevices = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i;

/** Names of the checkout database, in the order in which Fossil looks for them (fossil.md 8.1). */
export const checkoutDatabaseNames: readonly string[] = checkoutDatabases;

/** @returns a database file's own path and those of its journals */
export function withSidecars(path: string): string[] {
  return sidecars.map((sidecar) => path + sidecar);
}

/** @returns whether no file of a checkout may have that name: a checkout database or its journal (fossil.md 7.2, 8.1) */
export function isReservedName(path: string): boolean {
  return isReservedInCheckins(path) || /^\.fos(-(wal|shm|journal))?$/i.test(path);
}

/**
 * Refuses what Fossil would not add (fossil.md 7.2), or what another system could not check out.
 * @throws EngineError `file-name-refused`
 */
export function requireAddableName(path: string): void {
  const reason = refusal(path);
  if (reason !== undefined) {
    throw new EngineError(
      'file-name-refused',
      `"${path}" cannot be added: ${reason}. Rename it, or leave it unmanaged.`,
    );
  }
}

/**
 * @returns whether a file of that name can be written below the root: on Windows some names lead elsewhere, or to no file; and a name
 * that is no UTF-8 would become another one on the disk, which the next commit would then call it
 */
export function isWritableName(platform: 'posix' | 'win32', path: string): boolean {
  if (!isSimplePath(path) || isReservedName(path) || /\p{Surrogate}|\0/u.test(path)) return false;
  return platform === 'posix' || path.split('/').every(isWindowsName);
}

/** Neither a backslash nor a drive or stream, no device, and no other spelling of a name that Fossil keeps for itself. */
function isWindowsName(part: string): boolean {
  // eslint-disable-next-line no-control-regex -- Windows allows no control characters in names
  if (/[\\:<>"|?*\x00-\x1f]/.test(part) || /[. ]$/.test(part) || windowsDevices.test(part)) return false;
  return !/^(_fossil|_fossi|fslcko|fos)~\d/i.test(part);
}

/** @returns whether the name may be added */
export function isAddableName(path: string): boolean {
  return refusal(path) === undefined;
}

function refusal(path: string): string | undefined {
  if (!isSimplePath(path)) return 'it is not a plain path inside the checkout';
  if (isReservedName(path)) return 'Fossil keeps that name for itself';
  if (path.includes('\\')) return 'its name has a backslash';
  if (!isAddablePath(path)) return 'its name has a character that Fossil does not allow';
  if (path.split('/').some((part) => windowsDevices.test(part))) return 'Windows reserves that name for a device';
  return undefined;
}
