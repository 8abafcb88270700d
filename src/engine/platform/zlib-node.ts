import { deflateSync, inflateSync } from 'node:zlib';
import { EngineError } from '../errors';
import { refuseImpossibleSize } from './inflate-limits';
import type { Zlib } from './zlib';

/** What has more bytes is deflated into one buffer: else the pieces and what they are joined to would be in memory at once. */
const LARGE = 16 * 1024 * 1024;

/** Node's zlib. Output of an exactly known length needs one buffer and one call (sqlite.md 5). */
export const nodeZlib: Zlib = {
  inflate(stream, size) {
    refuseImpossibleSize(stream, size);
    const bytes = inflateExactly(stream, size);
    if (bytes.length !== size) {
      throw new EngineError('container-malformed', `Content of ${size} bytes unpacked to ${bytes.length}.`);
    }
    return owned(bytes);
  },
  deflate(bytes, level = 6) {
    if (bytes.length < LARGE) return owned(deflateSync(bytes, { level }));
    const { buffer, byteOffset, length } = deflateSync(bytes, { level, chunkSize: longestStream(bytes.length) });
    return new Uint8Array(buffer, byteOffset, length);
  },
};

/** Nothing becomes longer by more than a thousandth; what is not written of a buffer takes no memory. */
function longestStream(length: number): number {
  return length + Math.ceil(length / 1000) + 1024;
}

function inflateExactly(stream: Uint8Array, size: number): Buffer {
  try {
    // One byte more than needed, so that zlib sees the end of the stream without asking for a second buffer.
    return inflateSync(stream, { chunkSize: Math.max(64, size + 1), maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw new EngineError('container-malformed', `Content of ${size} bytes cannot be unpacked: it is damaged.`, {
      cause: error,
    });
  }
}

/** A plain array over memory of its own, which may be transferred: small buffers of Node lie in a shared pool. */
function owned(buffer: Buffer): Uint8Array {
  return buffer.buffer.byteLength > buffer.byteLength + 64
    ? new Uint8Array(buffer)
    : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
