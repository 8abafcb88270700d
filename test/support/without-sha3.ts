import crypto from 'node:crypto';

/** Runs something in a runtime whose `node:crypto` has no SHA-3, as Electron's: BoringSSL throws for it. */
export async function withoutSha3<T>(work: () => Promise<T>): Promise<T> {
  const original = crypto.createHash;
  crypto.createHash = (algorithm, options) => {
    if (algorithm === 'sha3-256') throw new Error('Digest method not supported');
    return original(algorithm, options);
  };
  try {
    return await work();
  } finally {
    crypto.createHash = original;
  }
}
