import { unzlibSync, zlibSync } from 'fflate';
import { EngineError } from '../errors';
import { Adler32 } from './adler32';
import { refuseImpossibleSize } from './inflate-limits';
import type { Zlib } from './zlib';

/** zlib in JavaScript, for a runtime without Node's. */
export const fflateZlib: Zlib = {
  inflate(stream, size) {
    refuseImpossibleSize(stream, size);
    const bytes = unpack(stream, size);
    if (bytes.length !== size || adler32(bytes) !== trailerOf(stream)) {
      throw new EngineError('container-malformed', `Content of ${size} bytes cannot be unpacked: it is damaged.`);
    }
    return bytes;
  },
  deflate: (bytes, level = 6) => zlibSync(bytes, { level: levelOf(level) }),
};

function unpack(stream: Uint8Array, size: number): Uint8Array {
  // One byte of room more than needed: fflate drops what does not fit, and only a full buffer tells that there was more.
  const room = new Uint8Array(size + 1);
  try {
    return unzlibSync(stream, { out: room }).subarray();
  } catch (error) {
    throw new EngineError('container-malformed', `Content of ${size} bytes cannot be unpacked: it is damaged.`, {
      cause: error,
    });
  }
}

/** The checksum that ends a stream (RFC 1950); fflate does not look at it. */
function trailerOf(stream: Uint8Array): number {
  return new DataView(stream.buffer, stream.byteOffset, stream.byteLength).getUint32(stream.length - 4);
}

function adler32(bytes: Uint8Array): number {
  const checksum = new Adler32();
  checksum.update(bytes);
  return checksum.value;
}

type Level = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
const levels: readonly Level[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function levelOf(level: number): Level {
  return levels[level] ?? 6;
}
