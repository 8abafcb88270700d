import { EngineError } from '../errors';
import { refuseImpossibleSize } from '../platform/inflate-limits';
import type { Zlib } from '../platform/zlib';
import { HOW_TO_TAKE_LARGER } from './size-limits';

const HEADER_LENGTH = 4;

/**
 * Bytes that a container declares for its content (fossil.md 1.3). A container of four bytes or fewer holds nothing, as for Fossil.
 *
 * @throws EngineError `container-malformed` when more is declared than a deflate stream of that length can hold
 */
export function containerSize(container: Uint8Array): number {
  if (container.length <= HEADER_LENGTH) return 0;
  const size = declaredSize(container);
  refuseImpossibleSize(container.subarray(HEADER_LENGTH), size);
  return size;
}

/** The same by the first four bytes alone: what they say need not be true. */
export function declaredSize([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number {
  return a * 0x1000000 + (b << 16) + (c << 8) + d;
}

/**
 * The content of a container.
 *
 * @param limit - refuse more declared bytes than this, before allocating
 * @throws EngineError `container-malformed`, `artifact-too-large`
 */
export function unpackContainer(zlib: Zlib, container: Uint8Array, limit = Infinity): Uint8Array {
  const size = containerSize(container);
  if (size > limit) {
    throw new EngineError(
      'artifact-too-large',
      `An artifact holds ${size} bytes; at most ${limit} are accepted. ${HOW_TO_TAKE_LARGER}`,
    );
  }
  if (container.length <= HEADER_LENGTH) return new Uint8Array(0);
  return zlib.inflate(container.subarray(HEADER_LENGTH), size);
}

/** Makes a container of `bytes`. @param level - 1 fastest to 9 smallest; Fossil stores with 6 */
export function packContainer(zlib: Zlib, bytes: Uint8Array, level?: number): Uint8Array {
  const stream = zlib.deflate(bytes, level);
  const container = withHeader(stream);
  new DataView(container.buffer, container.byteOffset).setUint32(0, bytes.length);
  return container;
}

/** A large stream has room behind it, and is moved instead of copied. */
function withHeader(stream: Uint8Array): Uint8Array {
  const length = HEADER_LENGTH + stream.length;
  const hasRoom = stream.byteOffset + length <= stream.buffer.byteLength;
  const container = hasRoom ? new Uint8Array(stream.buffer, stream.byteOffset, length) : new Uint8Array(length);
  container.set(stream, HEADER_LENGTH);
  return container;
}
