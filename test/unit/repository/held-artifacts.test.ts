import assert from 'node:assert/strict';
import { ArtifactHolder, withoutLargeText } from '../../../src/engine/repository/held-artifacts';
import type { OtherArtifact } from '../../../src/engine/repository/verify-task';

const post = (length: number): OtherArtifact => ({
  type: 'forum',
  date: 1,
  title: 'Thread',
  user: 'bob',
  text: new Uint8Array(length),
});

const isLeftOut = (artifact: OtherArtifact): boolean => 'isLeftOut' in artifact && !('text' in artifact);

describe('artifacts that are held until tables are derived', () => {
  it('lose large texts at once', () => {
    assert.deepEqual([post(8191), post(8192)].map(withoutLargeText).map(isLeftOut), [false, true]);
  });

  it('lose other texts when there are many, but keep what is small', () => {
    const holder = new ArtifactHolder();
    const held = Array.from({ length: 5000 }, () => holder.hold(post(8000)));
    const kept = held.filter((artifact) => !isLeftOut(artifact));
    assert.equal(kept.length, Math.floor(2 ** 24 / 8000));
    assert.deepEqual(held.at(-1), { type: 'forum', date: 1, title: 'Thread', user: 'bob', isLeftOut: true });
    assert.deepEqual(
      [post(256), post(8000)].map((one) => isLeftOut(holder.hold(one))),
      [false, true],
    );
  });

  it('lose what a ticket says, and keep everything else', () => {
    const holder = new ArtifactHolder();
    const fields = [{ name: 'comment', isAppend: false, value: 'x'.repeat(10_000) }];
    const change: OtherArtifact = { type: 'ticket', date: 1, fields, ticket: 'ab', user: 'bob' };
    assert.ok('isLeftOut' in withoutLargeText(change));
    const control: OtherArtifact = { type: 'control', date: 1, tags: [], user: 'bob' };
    assert.equal(holder.hold(control), control);
  });
});
