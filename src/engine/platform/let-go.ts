/** More bytes than any cache keeps of one artifact. */
const LARGE = 16 * 1024 * 1024;
/** What inflates into a buffer of known length needs one byte more, to see the end. */
const ROOM = 1;

/** A buffer whose bytes can be moved out of it, as runtimes with `node:sqlite` have them. */
interface MovableBuffer extends ArrayBuffer {
  transfer(length: number): ArrayBuffer;
}

/**
 * Frees the memory of large bytes now: the collector would find out only when as much again is in memory. They are empty from then on. The
 * caller must be the last one who has any use for them; a view of something longer stays as it is.
 * @param options.withRoom - the rest of the buffer is nobody else's either
 * @param options.least - fewer bytes are left to the collector
 */
export function letGo(bytes: Uint8Array, { withRoom = false, least = LARGE } = {}): void {
  const { buffer } = bytes;
  if (bytes.length < least || !isMovable(buffer)) return;
  const isAll = bytes.byteOffset === 0 && bytes.length + ROOM >= buffer.byteLength;
  if (isAll || withRoom) buffer.transfer(0);
}

function isMovable(buffer: ArrayBufferLike): buffer is MovableBuffer {
  return buffer instanceof ArrayBuffer && 'transfer' in buffer;
}
