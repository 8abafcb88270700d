import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { HttpLimits } from '../../../src/engine/transport/http-limits';
import { serveStdio } from '../../../src/engine/transport/stdio-server';

const HEAD =
  'POST / HTTP/1.0\r\nX-Fossil-Transport: SSH\r\nContent-Type: application/x-fossil-debug\r\nContent-Length: 5\r\n\r\n';

describe('A session on standard input, whose client', () => {
  /** Serves a client that says something and then neither more nor good-bye. @returns what it is answered */
  async function answerTo(said: string, limits: Partial<HttpLimits>): Promise<string> {
    const input = new PassThrough();
    input.write(said);
    const answers: string[] = [];
    const echo = { status: 200, contentType: 'application/x-fossil-debug', body: Buffer.from('# answered\n') };
    await serveStdio({ xfer: () => echo }, input, (bytes) => answers.push(Buffer.from(bytes).toString()), { limits });
    assert.ok(input.destroyed, 'what nobody reads any more keeps the process');
    return answers.join('');
  }

  it('sends more than is taken hears so, and goes on', async () => {
    const limits = { bodyBytes: 4, idleMs: 20 };
    assert.match(await answerTo(`${HEAD}12345${HEAD.replace('5', '2')}12`, limits), /^Status: 413 [^]*Status: 200 OK/);
  });

  it('sends a refused message that does not end, hears so and is read no more', async () => {
    let isCut = true;
    async function* flood(): AsyncGenerator<Buffer, void> {
      yield Buffer.from(HEAD.replace('5', '9000000000000000'));
      for (let turn = 0; turn < 100_000; turn++) {
        await nextTurn();
        yield Buffer.alloc(1000, '#');
      }
      isCut = false;
    }
    const answers: string[] = [];
    const noAnswer = { xfer: () => assert.fail('It is too long.') };
    const limits = { lingerMs: 5 };
    await serveStdio(noAnswer, Readable.from(flood()), (bytes) => answers.push(Buffer.from(bytes).toString()), {
      limits,
    });
    assert.match(answers.join(''), /^Status: 413 /);
    assert.ok(isCut, 'all that comes is read');
  });

  it('may take longer than the longest timer is not cut off at once', async () => {
    async function* slow(): AsyncGenerator<Buffer, void> {
      for (const piece of [HEAD, '12', '345']) {
        yield Buffer.from(piece);
        await pause(10);
      }
    }
    const answers: string[] = [];
    const echo = { status: 200, contentType: 'application/x-fossil-debug', body: Buffer.from('# answered\n') };
    const limits = { idleMs: 3e9, headerMs: 3e9, bodyMs: 3e9 };
    await serveStdio(
      { xfer: () => echo },
      Readable.from(slow()),
      (bytes) => answers.push(Buffer.from(bytes).toString()),
      { limits },
    );
    assert.match(answers.join(''), /^Status: 200 OK/);
  });

  for (const [what, said, limits, answer] of [
    ['says nothing', '', { idleMs: 20 }, /^$/],
    ['stops in the middle of a header', 'POST / HT', { headerMs: 20 }, /^$/],
    ['stops in the middle of a message', `${HEAD}12`, { bodyMs: 20 }, /^Status: 408 /],
    ['says nothing more', `${HEAD}12345`, { idleMs: 20 }, /^Status: 200 OK\r\n[^]*# answered\n$/],
  ] as const) {
    it(`${what}, is not waited for for ever`, async () => {
      assert.match(await answerTo(said, limits), answer);
    });
  }
});
