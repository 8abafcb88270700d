import { EngineError, type ErrorCode } from '../errors';

/** SQLite's primary result codes that mean something to a user. */
const codeByNumber = new Map<number, ErrorCode>([
  [3, 'file-access'], // PERM
  [5, 'repository-locked'], // BUSY
  [6, 'repository-locked'], // LOCKED
  [8, 'repository-read-only'], // READONLY
  [10, 'file-access'], // IOERR
  [11, 'content-corrupt'], // CORRUPT
  [13, 'disk-full'], // FULL
  [14, 'file-access'], // CANTOPEN
  [15, 'repository-locked'], // PROTOCOL
  [18, 'artifact-too-large'], // TOOBIG
  [26, 'not-a-repository'], // NOTADB
]);

/** The same by SQLite's words, for a driver that hands on nothing else. */
const codeByMessage: [RegExp, ErrorCode][] = [
  [/is locked|locking protocol/, 'repository-locked'],
  [/readonly database/, 'repository-read-only'],
  [/disk image is malformed/, 'content-corrupt'],
  [/disk is full/, 'disk-full'],
  [/unable to open database/, 'file-access'],
  [/too big/, 'artifact-too-large'],
  [/not a database/, 'not-a-repository'],
  [/disk I\/O error/, 'file-access'],
];

const sentences: Partial<Record<ErrorCode, (path: string) => string>> = {
  'file-access': (path) =>
    `${path} cannot be opened or read. Check its permissions and those of its folder, and the disk.`,
  'repository-locked': (path) => `${path} is in use by another program. Try again when that has finished.`,
  'repository-read-only': (path) => `${path} can only be read. Check its permissions and those of its folder.`,
  'content-corrupt': (path) =>
    `${path} is damaged: SQLite finds it malformed. Restore it from a copy or clone it again.`,
  'disk-full': (path) => `The disk is full: ${path} could not be written, and is unchanged. Make room and try again.`,
  'artifact-too-large': () => 'A value is larger than SQLite can hold (1,000,000,000 bytes).',
  'not-a-repository': (path) => `${path} is not a Fossil repository: it is no SQLite database.`,
};

/** What SQLite's failure means for the user. `path` is the file that was worked on. */
export function sqliteError(error: unknown, path: string): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE') return integerTooLarge(error);
  const code = codeOf(error, message) ?? 'internal';
  const sentence = sentences[code]?.(path) ?? `The database ${path} refused: ${message}.`;
  return new EngineError(code, sentence, { cause: error });
}

/** For an integer that JavaScript's numbers cannot hold. */
export function integerTooLarge(cause?: unknown): EngineError {
  return new EngineError('internal', 'The database holds an integer beyond 2^53, which cannot be represented here.', {
    cause,
  });
}

function codeOf(error: unknown, message: string): ErrorCode | undefined {
  if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') {
    // The low byte is the primary code; the rest says more closely what happened.
    return codeByNumber.get(error.errcode & 0xff);
  }
  return codeByMessage.find(([pattern]) => pattern.test(message))?.[1];
}
