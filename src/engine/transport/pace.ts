import type { Remote } from '../xfer/remote';
import { stalled } from './reply-errors';

/** Bytes a second: far below any line that is of use, and above what only keeps somebody waiting. */
const SLOWEST = 100;

/**
 * Passes on the pieces of a reply. What came fast before excuses nothing, and the time that the reader takes is not the server's.
 * @param graceMs - how long any part of the reply may be waited for besides what its bytes allow
 * @throws EngineError `connection-lost` for a reply that drips, so that no server can keep a client for ever
 */
export async function* paced(
  pieces: AsyncIterable<unknown>,
  remote: Remote,
  graceMs: number,
): AsyncGenerator<Uint8Array, void> {
  let leftMs = graceMs;
  let begin = performance.now();
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) continue;
    leftMs = Math.min(graceMs, leftMs - (performance.now() - begin) + (1000 * piece.length) / SLOWEST);
    if (leftMs < 0) throw stalled(remote);
    yield piece;
    begin = performance.now();
  }
}
