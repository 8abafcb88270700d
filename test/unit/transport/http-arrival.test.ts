import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { bodyInTime } from '../../../src/engine/transport/http-arrival';
import { limitsOf } from '../../../src/engine/transport/http-limits';
import { collectGarbage } from '../../support/collect-garbage';

const PIECE = 100_000;

describe('The body of a request', () => {
  async function received(bodyMs: number): Promise<string> {
    const request = new IncomingMessage(new Socket());
    const pieces: Uint8Array[] = [];
    request.push('12');
    for await (const piece of bodyInTime(request, limitsOf({ bodyMs }))) {
      pieces.push(piece);
      if (pieces.length > 1) continue;
      // The loop asks for more before that comes.
      void pause(10).then(() => {
        request.push('345');
        request.push(null);
      });
    }
    return Buffer.concat(pieces).toString();
  }

  it('may take longer than the longest timer without being cut off at once', async () => {
    assert.equal(await received(3e9), '12345');
  });

  it('is not held in memory once it has been taken', async () => {
    const request = new IncomingMessage(new Socket());
    let left = 40;
    request._read = () => void request.push(left-- > 0 ? Buffer.alloc(PIECE) : null);
    const taken: WeakRef<Uint8Array>[] = [];
    let bytes = 0;
    for await (const piece of bodyInTime(request, limitsOf())) {
      taken.push(new WeakRef(piece));
      bytes += piece.length;
      if (bytes < 40 * PIECE) continue;
      await collectGarbage();
      const held = taken.reduce((sum, ref) => sum + (ref.deref()?.length ?? 0), 0);
      // The stream itself may hold on to the last ones.
      assert.ok(held <= 5 * PIECE, `${held} bytes of ${bytes} are held`);
    }
    assert.equal(bytes, 40 * PIECE);
  });

  it('is given up when it comes too slowly', async () => {
    await assert.rejects(received(1), { status: 408 });
  });
});
