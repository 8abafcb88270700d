/** Bytes before the first frame, and before the page in each frame (SQLite file format 4.1). */
const logHeaderSize = 32;
const frameHeaderSize = 24;

/**
 * Lays the committed pages of a write-ahead log over a database image, as a reader with SQLite's shared memory would see them.
 *
 * @returns the image itself when the log holds nothing committed, else one of the size that the last commit says
 */
export function applyWal(image: Uint8Array, log: Uint8Array): Uint8Array {
  const frames = committedFrames(log);
  if (frames === undefined) return image;
  const result = new Uint8Array(frames.pageCount * frames.pageSize);
  result.set(image.subarray(0, Math.min(image.length, result.length)));
  for (const [page, content] of frames.pages) {
    if (page <= frames.pageCount) result.set(content, (page - 1) * frames.pageSize);
  }
  return result;
}

interface CommittedFrames {
  pageSize: number;
  /** Pages of the database after the last commit. */
  pageCount: number;
  pages: Map<number, Uint8Array>;
}

function committedFrames(log: Uint8Array): CommittedFrames | undefined {
  if (log.length < logHeaderSize) return undefined;
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const magic = view.getUint32(0);
  if (magic >>> 1 !== 0x377f0682 >>> 1) return undefined;
  const isLittleEndian = (magic & 1) === 0;
  const pageSize = view.getUint32(8);
  let sum = checksum(view, 0, 24, isLittleEndian, [0, 0]);
  if (sum[0] !== view.getUint32(24) || sum[1] !== view.getUint32(28)) return undefined;

  const pages = new Map<number, Uint8Array>();
  let pending: [number, Uint8Array][] = [];
  let pageCount = 0;
  for (let at = logHeaderSize; at + frameHeaderSize + pageSize <= log.length; at += frameHeaderSize + pageSize) {
    const isOfThisLog = view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20);
    sum = checksum(view, at, 8, isLittleEndian, sum);
    sum = checksum(view, at + frameHeaderSize, pageSize, isLittleEndian, sum);
    if (!isOfThisLog || sum[0] !== view.getUint32(at + 16) || sum[1] !== view.getUint32(at + 20)) break;
    const content = at + frameHeaderSize;
    pending.push([view.getUint32(at), log.subarray(content, content + pageSize)]);
    const sizeAfterCommit = view.getUint32(at + 4);
    if (sizeAfterCommit !== 0) {
      for (const [page, bytes] of pending) pages.set(page, bytes);
      pending = [];
      pageCount = sizeAfterCommit;
    }
  }
  return pageCount === 0 ? undefined : { pageSize, pageCount, pages };
}

type Sum = [number, number];

/** The log's running checksum over 8-byte steps. */
function checksum(view: DataView, start: number, length: number, isLittleEndian: boolean, [s0, s1]: Sum): Sum {
  let first = s0;
  let second = s1;
  for (let at = start; at < start + length; at += 8) {
    first = (first + view.getUint32(at, isLittleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, isLittleEndian) + first) >>> 0;
  }
  return [first, second];
}
