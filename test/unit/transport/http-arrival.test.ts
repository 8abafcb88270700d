import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { bodyInTime } from '../../../src/engine/transport/http-arrival';
import { limitsOf } from '../../../src/engine/transport/http-limits';

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

  it('is given up when it comes too slowly', async () => {
    await assert.rejects(received(1), { status: 408 });
  });
});
