import { EngineError } from '../errors';

/** Deflate packs at most 258 bytes into 2 bits, so 1032 to 1, and a stream has a header and a checksum besides. */
const mostBytesFromOne = 1032;

/** Refuses, before anything is allocated, a declared size that the stream is too short to hold. @throws `container-malformed` */
export function refuseImpossibleSize(stream: Uint8Array, size: number): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > stream.length * mostBytesFromOne) {
    throw new EngineError(
      'container-malformed',
      `Content of ${stream.length} packed bytes cannot unpack to ${size} bytes: it is damaged.`,
    );
  }
}
