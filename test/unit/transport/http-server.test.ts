import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { serveHttp } from '../../../src/engine/transport/http-server';

describe('A server over HTTP', () => {
  const warnings: string[] = [];
  const note = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  before(() => process.on('warning', note));
  after(() => process.off('warning', note));

  it('looks at its connections now and then, also where headers may take longer than the longest timer', async () => {
    const xfer = (): never => assert.fail('nobody has asked for anything');
    const server = await serveHttp({ xfer }, { port: 0, limits: { headerMs: 2 ** 34 } });
    try {
      assert.equal((await fetch(server.url)).status, 200);
      // Node warns of a timer that is too long in the next turn, and lets it fire every millisecond.
      await turn();
      assert.deepEqual(warnings, []);
    } finally {
      await server.close();
    }
  });
});
