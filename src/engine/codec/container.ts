import { EngineError } from '../errors';
import type { Zlib } from '../platform/zlib';

const HEADER_LENGTH = 4;
/** Deflate cannot do better: one two-bit symbol pair yields at most 258 bytes. */
const MAXIMUM_RATIO = 1032;

/**
 * Bytes that a container declares for its content (fossil.md 1.3). A container of four bytes or fewer holds nothing, as for Fossil.
 *
 * @throws EngineError `container-malformed` when more is declared than a deflate stream of that length can hold
 */
export function containerSize(container: Uint8Array): number {
  if (container.length <= HEADER_LENGTH) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = container;
  const size = a * 0x1000000 + (b << 16) + (c << 8) + d;
  if (size > (container.length - HEADER_LENGTH) * MAXIMUM_RATIO) {
    throw new EngineError(
      'container-malformed',
      `Compressed content is damaged: ${container.length} bytes claim to hold ${size}. Fetch the artifact again.`,
    );
  }
  return size;
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
      `An artifact holds ${size} bytes; at most ${limit} are accepted. Raise the limit to take it.`,
    );
  }
  if (container.length <= HEADER_LENGTH) return new Uint8Array(0);
  return zlib.inflate(container.subarray(HEADER_LENGTH), size);
}

/** Makes a container of `bytes`. @param level - 1 fastest to 9 smallest; Fossil stores with 6 */
export function packContainer(zlib: Zlib, bytes: Uint8Array, level?: number): Uint8Array {
  const stream = zlib.deflate(bytes, level);
  const container = new Uint8Array(HEADER_LENGTH + stream.length);
  new DataView(container.buffer).setUint32(0, bytes.length);
  container.set(stream, HEADER_LENGTH);
  return container;
}
