import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import type { Pool } from '../../src/engine/platform/pool';
import { withCode } from './error-code';
import { inflate, labour, refuse, reverse, stumble } from './sample-tasks';

/** What every pool must do (src/engine/platform/pool.ts). */
export function poolConformance(name: string, create: () => Promise<Pool>): void {
  describe(`A pool of tasks, ${name}`, () => {
    let pool: Pool;
    before(async () => (pool = await create()));
    after(() => pool.close());

    it('goes on after a rest, and lets those end that run meanwhile', async () => {
      await pool.run(reverse, Uint8Array.of(1));
      const running = pool.run(labour, 50);
      pool.rest();
      await running;
      pool.rest();
      assert.equal((await pool.run(reverse, Uint8Array.of(5))).reversed[0], 5);
    });

    it('runs tasks with digests and zlib', async () => {
      assert.deepEqual(await pool.run(reverse, Uint8Array.of(3, 2, 1)), {
        reversed: Uint8Array.of(1, 2, 3),
        sha3: 'fd1780a6fc9ee0dab26ceb4b3941ab03e66ccd970d1db91612c66df4515b0a0a',
      });
      assert.deepEqual(
        await pool.run(inflate, { stream: deflateSync(Buffer.from('abc')), size: 3 }),
        Uint8Array.of(97, 98, 99),
      );
    });

    it('runs tasks after it was told to prepare, once or again', async () => {
      const fresh = await create();
      try {
        fresh.prepare();
        fresh.prepare();
        assert.deepEqual((await fresh.run(reverse, Uint8Array.of(7))).reversed, Uint8Array.of(7));
      } finally {
        await fresh.close();
      }
    });

    it('takes over what is transferred, and leaves what is not', async () => {
      const kept = Uint8Array.of(1, 2);
      await pool.run(reverse, kept);
      assert.deepEqual(kept, Uint8Array.of(1, 2));
      const given = new Uint8Array(1000).fill(1);
      const { reversed } = await pool.run(reverse, given, { transfer: [given.buffer] });
      assert.equal(reversed.length, 1000);
    });

    it('runs many at once, each with its own answer', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => pool.run(reverse, Uint8Array.of(n, 255))));
      assert.deepEqual(
        answers.map(({ reversed }) => reversed[1]),
        Array.from({ length: 50 }, (_, n) => n),
      );
      assert.ok(pool.width >= 1);
    });

    it('throws what the task throws, with its code and sentence, and goes on', async () => {
      await assert.rejects(pool.run(refuse, 'This is not the one.'), (error) => {
        assert.equal((error as Error).message, 'This is not the one.');
        return withCode('hash-mismatch')(error);
      });
      await assert.rejects(pool.run(inflate, { stream: new Uint8Array(9), size: 3 }), withCode('container-malformed'));
      await assert.rejects(pool.run(stumble, 'over a stone'), /over a stone/);
      assert.equal((await pool.run(reverse, Uint8Array.of(5))).reversed[0], 5);
    });

    it('does not start what was cancelled before', async () => {
      const signal = AbortSignal.abort();
      await assert.rejects(pool.run(labour, 60_000, { signal }), withCode('cancelled'));
    });
  });
}
