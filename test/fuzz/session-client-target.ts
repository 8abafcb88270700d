import assert from 'node:assert/strict';
import { packContainer } from '../../src/engine/codec/container';
import { EngineError, type ErrorCode } from '../../src/engine/errors';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import type { ExchangeReply, Transport } from '../../src/engine/xfer/transport';
import type { Seeded } from '../support/seeded';
import type { FuzzTarget } from './fuzz-target';
import { mutatedMessage } from './message-mutations';
import { RecordedSession, type SessionKind } from './recorded-session';

/** What a server can make a client fail with. */
const FAILURES: ReadonlySet<ErrorCode> = new Set([
  ...(['card-malformed', 'container-malformed', 'delta-malformed', 'hash-mismatch', 'artifact-too-large'] as const),
  ...(['reply-truncated', 'not-fossil', 'protocol', 'server-error', 'not-authorized', 'wrong-project'] as const),
  ...(['login-failed', 'repository-changed', 'artifact-missing', 'content-corrupt'] as const),
]);
/** More than any of these sessions can need. */
const MOST_ROUNDS = 60;
const TRAILER = Buffer.from('# timestamp 2026-11-20T18:08:50 errors 0\n');

/** A client whose server answers as a recorded one did, one reply mutated. */
export function sessionClientTarget(): FuzzTarget {
  return {
    name: 'session-client',
    bound: 'those of the cards',
    async tryOne(seeded) {
      const session = await RecordedSession.get();
      const kind = seeded.pick(['clone', 'sync'] as const);
      const repository = session.open(kind);
      let isDone = false;
      try {
        await session.converse(kind, repository, answering(seeded, session, kind));
        isDone = true;
      } catch (error) {
        if (!(error instanceof EngineError) || !FAILURES.has(error.code)) throw error;
        assert.doesNotMatch(error.message, /\p{Cc}|\p{Surrogate}/u);
      }
      try {
        session.assertWhole(repository, seeded.seed, kind === 'clone');
      } finally {
        repository.close();
      }
      return isDone;
    },
  };
}

function answering(seeded: Seeded, session: RecordedSession, kind: SessionKind): Transport {
  const replies = session.replies[kind];
  const all = [...session.replies.clone, ...session.replies.sync].map(({ body }) => body);
  const mutated = seeded.below(replies.length);
  let round = 0;
  const exchange = (): ExchangeReply => {
    const recorded = replies[round];
    const body =
      round === mutated ? mutatedMessage(seeded, recorded?.body ?? TRAILER, all) : (recorded?.body ?? TRAILER);
    round++;
    assert.ok(round <= MOST_ROUNDS, 'goes on for ever');
    const isPacked = seeded.below(3) === 0;
    const bytes = isPacked ? packContainer(nodeZlib, body) : body;
    const sent = isPacked && seeded.below(8) === 0 ? seeded.mutated(bytes, 1) : bytes;
    return {
      contentType: isPacked ? 'application/x-fossil' : 'application/x-fossil-uncompressed',
      ...(seeded.below(4) === 0 ? {} : { length: sent.length }),
      chunks: pieces(sent, 1 + seeded.below(3000)),
    };
  };
  return {
    open: (remote) =>
      Promise.resolve({
        remote,
        exchange: (request) => {
          request.body(remote);
          return Promise.resolve(exchange());
        },
        fetchJson: () => Promise.resolve(undefined),
        close: () => Promise.resolve(),
      }),
  };
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
