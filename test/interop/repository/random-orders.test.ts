import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import * as path from 'node:path';
import type { TagCard } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import type { ReceivedArtifact } from '../../../src/engine/repository/receive';
import { derivedTables } from '../../support/derived-tables';
import { bytesOf, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot } from './crosslink-arrival';
import { differences } from './parity-differences';
import { withoutFudge } from './parity-exceptions';
import { rebuiltByEngine, receiveBySteps } from './repository-copies';

const START = Date.UTC(2022, 5, 7);
/** Long enough that one version becomes a delta of another. */
const LONG = 'A line that both versions have, so that one is worth storing as a delta of the other.\n'.repeat(6);
/** Each with a few things that are edited, and all edits of them. */
const FAMILIES = 8;
const SEEDS = [1, 2];

/** Small histories with edits that contradict each other, in an order that has nothing to do with what stands on what. */
class RandomHistory {
  readonly #composer: Composer;
  readonly #seeded: Seeded;
  readonly #root: Hash;
  readonly #hashes: Hash[] = [];

  constructor(composer: Composer, seeded: Seeded) {
    this.#composer = composer;
    this.#seeded = seeded;
    this.#root = addRoot(composer);
    for (let family = 0; family < FAMILIES; family++) {
      const subjects = family % 2 === 0 ? this.#checkins() : [...this.#pages(), ...this.#posts()];
      this.#edit(subjects);
    }
  }

  /** The root, then replies of one to eight artifacts. */
  replies(): ReceivedArtifact[][] {
    const byHash = new Map(this.#composer.artifacts.map((one) => [one.hash, one]));
    const left = [...this.#hashes];
    const replies = [[this.#root]];
    while (left.length > 0) {
      const reply = replies[replies.push([]) - 1];
      for (let count = this.#seeded.below(8); count >= 0 && left.length > 0; count--)
        reply?.push(...left.splice(this.#seeded.below(left.length), 1));
    }
    return replies.map((reply) =>
      reply.map((hash) => ({ hash, payload: byHash.get(hash)?.bytes ?? assert.fail(), isPrivate: false })),
    );
  }

  #checkins(): Hash[] {
    const made: Hash[] = [];
    for (let count = 4 + this.#seeded.below(6); count > 0; count--) {
      const parents = [...new Set([this.#seeded.pick([this.#root, ...made]), ...made.slice(-this.#seeded.below(2))])];
      const text = this.#seeded.below(2) === 0 ? LONG : '';
      made.push(
        this.#add({
          ...{ type: 'checkin', date: this.#composer.next(), comment: `${made.length} of [${this.#root}] ${text}` },
          ...{ user: 'alice', parents: parents.slice(0, 2), cherrypicks: [], files: [] },
          tags: this.#seeded.below(5) === 0 ? [{ sign: '*', name: 'bgcolor', target: '*', value: '#333' }] : [],
        }),
      );
    }
    return made;
  }

  #pages(): Hash[] {
    const title = `Page ${this.#composer.id()}`;
    return this.#versions((parents, text) =>
      this.#add({ type: 'wiki', date: this.#composer.next(), title, parents, user: 'alice', text }),
    );
  }

  #posts(): Hash[] {
    return this.#versions(([parent], text, first) =>
      this.#add({
        ...{ type: 'forum', date: this.#composer.next(), user: 'dora', title: 'A thread', text },
        ...(parent === undefined ? {} : { parent }),
        ...(first === undefined ? {} : { threadRoot: first }),
      }),
    );
  }

  #versions(add: (parents: Hash[], text: Uint8Array, first?: Hash) => Hash): Hash[] {
    const made: Hash[] = [];
    for (let count = 1 + this.#seeded.below(3); count > 0; count--)
      made.push(add(made.slice(-1), bytesOf(`${LONG}version ${made.length}\n`), made[0]));
    return made;
  }

  #edit(subjects: readonly Hash[]): void {
    for (let count = 3 + this.#seeded.below(6); count > 0; count--) {
      const cards = new Map<string, TagCard>();
      for (let each = this.#seeded.below(3); each >= 0; each--) {
        const card = this.#card(this.#seeded.pick(subjects));
        cards.set(`${card.name} ${card.target}`, card);
      }
      this.#add({ type: 'control', date: this.#composer.next(), tags: [...cards.values()].sort(byCard), user: 'bob' });
    }
  }

  #card(target: Hash): TagCard {
    const name = this.#seeded.pick(['bgcolor', 'branch', 'closed', 'comment', 'date', 'mark', 'user']);
    if (this.#seeded.below(4) === 0) return { sign: '-', name, target };
    const value = { bgcolor: '#111', date: '2021-01-01 00:00:00' }[name] ?? `${name} ${this.#seeded.below(3)}`;
    const isSingle = ['comment', 'date', 'user', 'closed'].includes(name);
    return { sign: isSingle || this.#seeded.below(4) === 0 ? '+' : '*', name, target, value };
  }

  #add(artifact: Parameters<Composer['add']>[0]): Hash {
    const hash = this.#composer.add(artifact);
    this.#hashes.push(hash);
    return hash;
  }
}

function byCard(a: TagCard, b: TagCard): number {
  return a.sign + a.name + a.target < b.sign + b.name + b.target ? -1 : 1;
}

for (const driver of drivers) {
  describe(`edits that contradict each other, in a random order, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    for (const seed of SEEDS) {
      it(`end as after fossil rebuild, pulled and rebuilt: seed ${seed}`, async () => {
        const seeded = new Seeded(seed);
        const history = new RandomHistory(new Composer(fixture.environment.hash, seeded, START), seeded);
        const file = path.join(await mkdtemp(path.join(fixture.directory, 'pulled-')), 'project.fossil');
        await receiveBySteps(fixture.environment, history.replies(), file);
        const pulled = withoutFudge(await derivedTables(file));
        const rebuilt = withoutFudge(await rebuiltByEngine(fixture.environment, file));
        await fixture.fossil(fixture.directory, 'rebuild', file);
        const theirs = withoutFudge(await derivedTables(file));
        assert.equal(differences(pulled, theirs).join('\n'), '', `pulled, seed ${seed}`);
        assert.equal(differences(rebuilt, theirs).join('\n'), '', `rebuilt, seed ${seed}`);
      });
    }
  });
}
