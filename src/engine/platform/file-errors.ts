import { EngineError, type ErrorCode } from '../errors';

/** @returns the code of a failed system call, such as `ENOENT`, or undefined */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What a failed system call on a path means for the user. */
export function fileError(error: unknown, path: string): EngineError {
  if (error instanceof EngineError) return error;
  const [code, sentence] = meaningOf(systemCodeOf(error), path);
  return new EngineError(code, sentence, { cause: error });
}

function meaningOf(systemCode: string | undefined, path: string): [ErrorCode, string] {
  switch (systemCode) {
    case 'ENOENT':
    case 'ENOTDIR':
      return ['file-missing', `There is no file ${path}.`];
    case 'ENOSPC':
    case 'EDQUOT':
      return ['disk-full', `The disk is full: ${path} could not be written. Make room and try again.`];
    case 'EROFS':
      return ['disk-read-only', `The disk that holds ${path} can only be read.`];
    case 'EACCES':
    case 'EPERM':
      return ['file-access', `Access to ${path} is denied. Check its permissions.`];
    case 'EEXIST':
      return ['file-access', `${path} exists already.`];
    case 'EISDIR':
      return ['file-access', `${path} is a directory, not a file.`];
    case 'EMFILE':
    case 'ENFILE':
      return ['file-access', `${path} could not be opened: too many files are open.`];
    default:
      return ['file-access', `${path} cannot be used (${systemCode ?? 'unknown failure'}).`];
  }
}
