import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { limitsOf } from '../../../src/engine/transport/http-limits';
import { sendResponse } from '../../../src/engine/transport/http-response';
import { whole } from '../../../src/engine/xfer/server';

describe('An answer', () => {
  const answer = whole(200, 'text/plain', new Uint8Array(1_000_000));

  /** Nobody takes anything, until it is said so. */
  function idle(isComplete: boolean): { request: IncomingMessage; response: ServerResponse } {
    const request = new IncomingMessage(new Socket());
    request.complete = isComplete;
    return { request, response: new ServerResponse(request) };
  }

  it('may stand still for longer than the longest timer', async () => {
    const { request, response } = idle(true);
    const sent = sendResponse(request, response, answer, limitsOf({ stallMs: 3e9 }));
    void pause(10).then(() => response.emit('drain'));
    await sent;
    assert.ok(response.writableEnded);
  });

  it('is given up when nobody takes it', async () => {
    const { request, response } = idle(true);
    await assert.rejects(sendResponse(request, response, answer, limitsOf({ stallMs: 1 })), /takes nothing/);
  });

  it('to what has not been read lets the rest of it come for as long as is set, also for longer than the longest timer', async () => {
    const { request, response } = idle(false);
    let isOver = false;
    void pause(10).then(() => {
      isOver = true;
      request.push(null);
    });
    const refusal = whole(413, 'text/plain', new Uint8Array(0));
    await sendResponse(request, response, refusal, limitsOf({ lingerMs: 3e9 }));
    assert.ok(isOver);
  });
});
