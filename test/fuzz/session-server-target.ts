import assert from 'node:assert/strict';
import { packContainer } from '../../src/engine/codec/container';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import { handleXfer } from '../../src/engine/xfer/server';
import type { FuzzTarget } from './fuzz-target';
import { mutatedMessage } from './message-mutations';
import { RecordedSession } from './recorded-session';

/** Most bytes of a message, so that the refusal beyond it is met as well. */
const MAX_UPLOAD = 50_000;

/** A server whose client sends what a recorded one sent, mutated. */
export function sessionServerTarget(): FuzzTarget {
  return {
    name: 'session-server',
    bound: 'messages beyond the limit are refused before they are inflated',
    async tryOne(seeded) {
      const session = await RecordedSession.get();
      const message = mutatedMessage(seeded, seeded.pick(session.requests), session.requests);
      const isPacked = seeded.below(3) === 0;
      const container = isPacked ? packContainer(nodeZlib, message) : message;
      const body = isPacked && seeded.below(4) === 0 ? seeded.mutated(container, 1) : container;
      const contentType = isPacked ? 'application/x-fossil' : 'application/x-fossil-debug';
      const repository = session.open('server');
      try {
        const isReadOnly = seeded.below(8) === 0;
        const reply = handleXfer(repository, { contentType, body }, { maxUpload: MAX_UPLOAD, isReadOnly });
        const text = Buffer.from(reply.body).toString('latin1');
        assert.ok([200, 400, 413].includes(reply.status), `status ${reply.status}: ${text}`);
        if (reply.status === 200 && !reply.contentType.endsWith('x-fossil'))
          assert.match(text, /# timestamp \S{19} errors \d+\n$/);
        session.assertWhole(repository, seeded.seed, false);
        return reply.status === 200 && !/^error /m.test(text);
      } finally {
        repository.close();
      }
    },
  };
}
