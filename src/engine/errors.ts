/** Every way in which the engine can fail, one code each. A caller decides by code; a user reads the message. */
export type ErrorCode =
  // the user
  | 'cancelled'
  | 'usage'
  // formats
  | 'delta-malformed'
  | 'container-malformed'
  | 'card-malformed'
  | 'artifact-malformed'
  | 'artifact-too-large'
  | 'stream-malformed'
  // the repository
  | 'not-a-repository'
  | 'repository-exists'
  | 'repository-locked'
  | 'repository-read-only'
  | 'repository-changed'
  | 'repository-too-large'
  | 'portable-writes-refused'
  | 'artifact-missing'
  | 'hash-mismatch'
  | 'content-corrupt'
  | 'unknown-version'
  | 'ambiguous-version'
  // the checkout
  | 'not-a-checkout'
  | 'checkout-exists'
  | 'directory-not-empty'
  | 'nothing-to-commit'
  | 'empty-comment'
  | 'would-fork'
  | 'branch-closed'
  | 'would-merge'
  | 'merge-conflict'
  | 'local-changes'
  | 'file-missing'
  | 'file-not-managed'
  | 'file-name-refused'
  | 'file-changed-meanwhile'
  | 'no-user'
  | 'clock-skew'
  // the network
  | 'url-malformed'
  | 'no-remote'
  | 'unknown-host'
  | 'connection-refused'
  | 'connection-lost'
  | 'tls-failed'
  | 'redirect-refused'
  | 'proxy-failed'
  | 'ssh-failed'
  | 'http-status'
  | 'not-fossil'
  | 'reply-truncated'
  | 'protocol'
  // what the other side says
  | 'login-failed'
  | 'password-needed'
  | 'not-authorized'
  | 'wrong-project'
  | 'server-error'
  | 'message-replayed'
  // the machine
  | 'disk-full'
  | 'disk-read-only'
  | 'file-access'
  | 'engine-died'
  | 'internal';

/**
 * The engine's errors. The message is a sentence for the user: what happened and what to do about it, without a stack, a rid or
 * a code. Modules subclass it where a caller needs more than the code.
 */
export class EngineError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}

/** @returns whether `error` is an EngineError with one of the codes */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is EngineError {
  return error instanceof EngineError && codes.includes(error.code);
}

/** @throws EngineError `cancelled` when the signal has fired */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EngineError('cancelled', 'Cancelled.');
}
