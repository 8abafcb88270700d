import assert from 'node:assert/strict';
import type { SyncPart, SyncRound } from '../../../src/engine/xfer/sync-part';
import { addBob, XferFixture } from './xfer-fixture';

/** Asks about unversioned files with a digest that no server has, and wants three rounds. */
class AskingPart implements SyncPart {
  readonly heard: string[] = [];
  readonly rounds: SyncRound[] = [];

  compose: SyncPart['compose'] = (message, round) => {
    this.rounds.push(round);
    if (round.number === 1) message.pragma('uv-hash', '0'.repeat(40));
  };

  take: SyncPart['take'] = (card) => {
    if (card.kind !== 'pragma' || !card.name.startsWith('uv-')) return false;
    this.heard.push(card.name);
    return true;
  };

  digest: SyncPart['digest'] = ({ number }) => number < 3;
}

describe('A part of a sync besides artifacts', () => {
  let fixture: XferFixture;
  let url: string;
  beforeEach(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    await addBob(fixture, 'server.fossil', 'goy');
    url = await fixture.serve('server.fossil', 'bob:bobpw');
    await fixture.clone(url, 'ours.fossil');
  });
  afterEach(() => fixture.remove());

  it('is exchanged alone, signed, for as many rounds as it wants', async () => {
    const part = new AskingPart();
    const { roundTrips } = await fixture.sync(url, 'ours.fossil', { pull: false, push: false, parts: [part] });
    assert.equal(roundTrips, 3);
    assert.deepEqual(part.heard, ['uv-push-ok']);
    assert.deepEqual(
      part.rounds.map(({ number, isPulling, isPushing }) => [number, isPulling, isPushing]),
      [1, 2, 3].map((number) => [number, false, false]),
    );
  });

  it('goes along with a pull and a push, and takes no card that another part has taken', async () => {
    const [first, second] = [new AskingPart(), new AskingPart()];
    const options = { pull: true, push: true, parts: [first, second] };
    const { wasPushRefused } = await fixture.sync(url, 'ours.fossil', options);
    assert.equal(wasPushRefused, true);
    assert.ok(first.heard.length > 0);
    assert.deepEqual(second.heard, []);
    assert.deepEqual(
      second.rounds.map(({ isPulling, isPushing }) => [isPulling, isPushing]),
      [[true, true], [true, false], [true, false]],
    ); // prettier-ignore
  });
});
