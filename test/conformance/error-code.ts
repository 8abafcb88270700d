import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/engine/errors';

/** For `assert.throws` and `assert.rejects`: an EngineError with that code and a sentence. */
export function withCode(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    // By name, for a bundle has a class of its own.
    assert.ok(
      error instanceof Error && error.name === 'EngineError' && 'code' in error,
      `no EngineError: ${String(error)}`,
    );
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /\.$/);
    return true;
  };
}
