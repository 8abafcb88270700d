import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import * as path from 'node:path';
import type { TagCard } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import type { ReceivedArtifact } from '../../../src/engine/repository/receive';
import { derivedTables } from '../../support/derived-tables';
import { Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot } from './crosslink-arrival';
import { differences } from './parity-differences';
import { withoutFudge } from './parity-exceptions';
import { rebuiltByEngine, receiveBySteps } from './repository-copies';

const START = Date.UTC(2022, 5, 7);

/** Edits of a check-in, by moments: those of one number are of one second. */
type Edits = readonly (readonly [moment: number, ...cards: (readonly [card: string, value?: string])[]])[];

const ALL_OFF = [['-bgcolor'], ['-comment'], ['-date'], ['-user']] as const;
const EDITS: Readonly<Record<string, Edits>> = {
  'comments, users and dates, given twice and then taken back': [
    [0, ['+bgcolor', '#111'], ['+comment', 'one of [ROOT]'], ['+date', '2021-01-01 00:00:00'], ['+user', 'one']],
    [0, ['+bgcolor', '#222'], ['+comment', 'two of [ROOT]'], ['+date', '2022-01-01 00:00:00'], ['+user', 'two']],
    [1, ...ALL_OFF],
  ],
  'what is given and taken back at one moment, and a branch': [
    [0, ['+bgcolor', '#111'], ['+comment', 'one of [ROOT]'], ['+date', '2021-01-01 00:00:00'], ['+user', 'one']],
    [0, ...ALL_OFF],
    [0, ['*bgcolor', '#333'], ['*branch', 'one'], ['*sym-one'], ['-sym-trunk']],
  ],
  'a branch, another one and none': [
    [0, ['*branch', 'one'], ['*sym-one'], ['-sym-trunk']],
    [1, ['*branch', 'two'], ['*sym-two'], ['-sym-one']],
    [2, ['-branch'], ['-sym-two']],
  ],
};

/** Check-ins with a child and edits each, all in one repository: a family for each order in which those can come. */
class Families {
  readonly composer: Composer;
  readonly root: Hash;
  /** The names of each family in the order in which they are to come. */
  readonly #families: Hash[][] = [];

  constructor(composer: Composer) {
    this.composer = composer;
    this.root = addRoot(composer);
  }

  /** @param share - of so many orders one is taken */
  addAll(share: number, everyEdits: Iterable<Edits>): void {
    for (const edits of everyEdits) {
      const orders = permutations(['target', 'child', ...edits.keys()]);
      for (const [index, order] of orders.entries()) if (index % share === 0) this.#add(edits, order);
    }
  }

  /** Everything by itself, family after family. */
  get oneByOne(): ReceivedArtifact[][] {
    return this.#replies([[this.root], ...this.#families.flat().map((hash) => [hash])]);
  }

  /** In each reply what comes next of every family. */
  get sideBySide(): ReceivedArtifact[][] {
    const steps = (this.#families[0] ?? []).keys();
    return this.#replies([
      [this.root],
      ...[...steps].map((step) => this.#families.flatMap((family) => family[step] ?? [])),
    ]);
  }

  /** The same after a cluster that names everything: each has its place in the repository before it comes. */
  get announced(): ReceivedArtifact[][] {
    const members = this.#families.flat().sort();
    const [root = [], ...replies] = this.sideBySide;
    const cluster = this.composer.add({ type: 'cluster', members });
    return [root, ...this.#replies([[cluster]]), ...replies];
  }

  /** Two edits of a check-in that a cluster has named, then itself, which takes back what they give. */
  get contradictingTheirTarget(): ReceivedArtifact[][] {
    const { composer, root } = this;
    const date = composer.next();
    const common = { user: 'alice', parents: [root], cherrypicks: [], files: [] };
    const tags: TagCard[] = [{ sign: '-', name: 'mark', target: '*' }];
    const target = composer.add({ type: 'checkin', date, comment: 'It takes a mark back.', ...common, tags });
    const edits = [date, date - 60_000].map((moment) => {
      const cards: TagCard[] = [{ sign: '+', name: 'mark', target, value: `${moment}` }];
      return composer.add({ type: 'control', date: moment, tags: cards, user: 'bob' });
    });
    const cluster = composer.add({ type: 'cluster', members: [target] });
    return this.#replies([[root], [cluster], ...edits.map((edit) => [edit]), [target]]);
  }

  #replies(replies: readonly (readonly Hash[])[]): ReceivedArtifact[][] {
    const byHash = new Map(this.composer.artifacts.map((one) => [one.hash, one]));
    return replies.map((reply) =>
      reply.map((hash) => {
        const { bytes, isPrivate } = byHash.get(hash) ?? assert.fail();
        return { hash, payload: bytes, isPrivate };
      }),
    );
  }

  #add(edits: Edits, order: readonly (string | number)[]): void {
    const { composer, root } = this;
    const target = this.#checkin('target', root);
    const child = this.#checkin('child', target);
    const moment = composer.next();
    const controls = edits.map(([offset, ...cards]) => {
      const tags = cards.map(([card, value]): TagCard => ({
        sign: card.charAt(0) as TagCard['sign'],
        name: card.slice(1),
        target,
        ...(value === undefined ? {} : { value: value.replace('ROOT', root) }),
      }));
      return composer.add({ type: 'control', date: moment + 1000 * offset, tags, user: 'bob' });
    });
    this.#families.push(
      order.map(
        (step) => (step === 'target' ? target : step === 'child' ? child : controls[Number(step)]) ?? assert.fail(),
      ),
    );
  }

  #checkin(name: string, parent: Hash): Hash {
    const { composer, root } = this;
    const comment = `${name} of [${root}]`;
    const common = { user: 'alice', parents: [parent], cherrypicks: [], tags: [], files: [] };
    return composer.add({ type: 'checkin', date: composer.next(), comment, ...common });
  }
}

for (const driver of drivers) {
  describe(`edits of check-ins that come in small steps, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    const assertAsRebuilt = async (replies: ReceivedArtifact[][]): Promise<void> => {
      const file = path.join(await mkdtemp(path.join(fixture.directory, 'pulled-')), 'project.fossil');
      await receiveBySteps(fixture.environment, replies, file);
      const pulled = withoutFudge(await derivedTables(file));
      const rebuilt = withoutFudge(await rebuiltByEngine(fixture.environment, file));
      await fixture.fossil(fixture.directory, 'rebuild', file);
      const theirs = withoutFudge(await derivedTables(file));
      assert.equal(differences(pulled, theirs).join('\n'), '');
      assert.equal(differences(rebuilt, theirs).join('\n'), '');
    };
    const families = (share: number, edits: Iterable<Edits> = Object.values(EDITS)): Families => {
      const made = new Families(new Composer(fixture.environment.hash, new Seeded(3), START));
      made.addAll(share, edits);
      return made;
    };

    it('end as after fossil rebuild, in orders of all kinds', () => assertAsRebuilt(families(2).sideBySide));

    it('end as after fossil rebuild when each comes by itself', () => assertAsRebuilt(families(31).oneByOne));

    it('end as after fossil rebuild when a cluster has named all before', () => assertAsRebuilt(families(9).announced));

    it('give way to what the check-in says of itself at the same moment, though it comes after them', () => {
      const made = new Families(new Composer(fixture.environment.hash, new Seeded(3), START));
      return assertAsRebuilt(made.contradictingTheirTarget);
    });
  });
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
