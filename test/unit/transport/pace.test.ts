import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { hasCode } from '../../../src/engine/errors';
import { paced } from '../../../src/engine/transport/pace';
import { parseRemote } from '../../../src/engine/xfer/remote';

const GRACE_MS = 1000;

/** Pieces of a reply, how long the server takes for each, and how long the reader does after each. */
interface Row {
  what: string;
  pieces: number;
  bytes: number;
  serverMs: number;
  readerMs?: number;
  first?: number;
  /** How many pieces come before the reply is given up; all of them when it is not. */
  passed: number;
}

const ROWS: readonly Row[] = [
  { what: 'one that comes slowly', pieces: 100, bytes: 50, serverMs: 500, passed: 100 },
  { what: 'one that drips', pieces: 100, bytes: 1, serverMs: 110, passed: 10 },
  { what: 'one that drips after it came fast', pieces: 100, bytes: 1, serverMs: 110, first: 200_000, passed: 11 },
  { what: 'one that is read slowly', pieces: 100, bytes: 1, serverMs: 5, readerMs: 5000, passed: 100 },
  { what: 'one that stops once for almost too long', pieces: 1, bytes: 1, serverMs: 999, passed: 1 },
];

describe('The pace of a reply', () => {
  let now = 0;
  beforeEach(() => mock.method(performance, 'now', () => now));
  afterEach(() => mock.restoreAll());

  for (const { what, pieces, bytes, serverMs, readerMs = 0, first, passed } of ROWS) {
    it(`is judged: ${what}`, async () => {
      const sizes = [...(first === undefined ? [] : [first]), ...new Array<number>(pieces).fill(bytes)];
      // eslint-disable-next-line @typescript-eslint/require-await
      const server = async function* (): AsyncGenerator<Uint8Array> {
        for (const size of sizes) {
          now += serverMs;
          yield new Uint8Array(size);
        }
      };
      let count = 0;
      const reading = (async () => {
        for await (const piece of paced(server(), parseRemote('http://h/'), GRACE_MS)) {
          count += piece.length > 0 ? 1 : 0;
          now += readerMs;
        }
      })();
      if (passed === sizes.length) await reading;
      else await assert.rejects(reading, (error: unknown) => hasCode(error, 'connection-lost'));
      assert.equal(count, passed);
    });
  }
});
