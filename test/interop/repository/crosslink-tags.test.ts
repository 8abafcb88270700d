import assert from 'node:assert/strict';
import type { Checkin, TagCard } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import { rebuild } from '../../../src/engine/repository/rebuild';
import { Repository } from '../../../src/engine/repository/repository';
import { derivedTables, type DerivedTables } from '../../support/derived-tables';
import { type ComposedArtifact, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { addRoot, receive, receiveMore, tablesAsRebuilt } from './crosslink-arrival';

const START = Date.UTC(2022, 5, 7);

/** Composes check-ins and controls on them. */
class Line {
  readonly root: Hash;

  constructor(readonly composer: Composer) {
    this.root = addRoot(composer);
  }

  get artifacts(): ComposedArtifact[] {
    return this.composer.artifacts;
  }

  checkin(comment: string, parents: Hash[], fields: Partial<Checkin> = {}): Hash {
    const hash = this.composer.content(`content of ${comment}\n`);
    const files = [{ name: `${comment.replaceAll(' ', '-')}.txt`, hash, permission: 'regular' as const }];
    const date = this.composer.next();
    const common = { comment, date, files, parents, cherrypicks: [], tags: [], user: 'alice' };
    return this.composer.add({ type: 'checkin', ...common, ...fields });
  }

  control(...tags: TagCard[]): Hash {
    return this.composer.add({ type: 'control', date: this.composer.next(), tags, user: 'bob' });
  }
}

const tag = (card: string, target: Hash, value?: string): TagCard => ({
  sign: card.charAt(0) as TagCard['sign'],
  name: card.slice(1),
  target,
  ...(value === undefined ? {} : { value }),
});

/** Values of a column of the row of an artifact. */
const rowOf = (tables: DerivedTables, table: 'event' | 'tagxref', hash: Hash, column: number): (string | null)[] =>
  (tables[table].find((row) => (JSON.parse(row) as (string | null)[])[column] === hash) ?? '[]')
    .split('\n')
    .flatMap((row) => JSON.parse(row) as (string | null)[]);

const EVENT = { mtime: 1, objid: 2, bgcolor: 5, euser: 6, ecomment: 8, comment: 9, omtime: 11 } as const;

for (const driver of drivers) {
  describe(`the tables of tags, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    let line: Line;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    beforeEach(() => {
      line = new Line(new Composer(fixture.environment.hash, new Seeded(11), START));
    });
    after(() => fixture.remove());

    const received = async (artifacts = line.artifacts): Promise<DerivedTables> =>
      tablesAsRebuilt(fixture, await receive(fixture, artifacts, new Seeded(5)));

    it('override comment, user, date and colour of a check-in, and what is cancelled is as before', async () => {
      const edited = line.checkin('edited', [line.root]);
      const restored = line.checkin('restored', [edited]);
      const comment = `see [${line.root}] instead`;
      line.control(
        tag('+bgcolor', edited, '#123456'),
        tag('+comment', edited, comment),
        tag('+date', edited, '2022-06-01 10:00:00'),
        tag('+user', edited, 'carol'),
      );
      line.control(
        tag('+bgcolor', restored, '#123456'),
        tag('+comment', restored, comment),
        tag('+user', restored, 'carol'),
      );
      line.control(tag('-bgcolor', restored), tag('-comment', restored), tag('-user', restored));
      const tables = await received();
      const row = rowOf(tables, 'event', edited, EVENT.objid);
      assert.deepEqual([row[EVENT.bgcolor], row[EVENT.euser], row[EVENT.ecomment]], ['#123456', 'carol', comment]);
      assert.notEqual(row[EVENT.mtime], row[EVENT.omtime]);
      const cancelled = rowOf(tables, 'event', restored, EVENT.objid);
      assert.deepEqual(
        [cancelled[EVENT.bgcolor], cancelled[EVENT.euser], cancelled[EVENT.ecomment]],
        [null, null, null],
      );
      assert.equal(tables.backlink.length, 1);
    });

    it('propagate to descendants along primary parents alone, until a check-in sets or cancels them itself', async () => {
      const first = line.checkin('first', [line.root]);
      const second = line.checkin('second', [first]);
      const side = line.checkin('side', [line.root]);
      const merge = line.checkin('merge', [side, second]);
      const own = line.checkin('own', [second], { tags: [{ sign: '*', name: 'colour', target: '*', value: 'own' }] });
      const below = line.checkin('below', [own]);
      const third = line.checkin('third', [second]);
      line.control(tag('*colour', first, 'given'));
      line.control(tag('-colour', third));
      const last = line.checkin('last', [third]);
      const tables = await received();
      const colourOf = (hash: Hash): (string | null)[] =>
        tables.tagxref
          .map((row) => JSON.parse(row) as (string | null)[])
          .filter((row) => row[0] === 'colour' && row[6] === hash)
          .map((row) => row[4] ?? null);
      assert.deepEqual([first, second, merge, own, below, third, last].map(colourOf), [
        ['given'],
        ['given'],
        [],
        ['own'],
        ['own'],
        [null],
        [],
      ]);
    });

    it('reach a check-in that comes after them', async () => {
      const late = line.checkin('late', [line.root]);
      const child = line.checkin('child', [late]);
      line.control(tag('+comment', late, 'edited before it came'), tag('*colour', late, 'red'), tag('+closed', late));
      line.control(tag('*branch', child, 'other'), tag('*sym-other', child), tag('-sym-trunk', child));
      const isLate = ({ hash }: ComposedArtifact): boolean => hash === late;
      const tables = await received([
        ...line.artifacts.filter((one) => !isLate(one)),
        ...line.artifacts.filter(isLate),
      ]);
      assert.equal(rowOf(tables, 'event', late, EVENT.objid)[EVENT.ecomment], 'edited before it came');
      assert.ok(tables.tagxref.some((row) => row.includes('"colour"') && row.endsWith(`"${child}"]`)));
      assert.equal(tables.leaf.length, 2);
    });

    it('that take a branch away before check-ins come leave those no leaves, but who stands under a new branch', async () => {
      const target = line.checkin('target', [line.root]);
      const [child, lonely] = [line.checkin('child', [target]), line.checkin('lonely', [target])];
      const grandchild = line.checkin('grandchild', [child]);
      const removal = line.control(tag('-branch', target));
      line.control(tag('*branch', grandchild, 'new'));
      const isEarly = ({ hash }: ComposedArtifact): boolean => hash === line.root || hash === removal;
      const tables = await received([
        ...line.artifacts.filter(isEarly),
        ...line.artifacts.filter((one) => !isEarly(one)),
      ]);
      const leaves = tables.leaf.map((row) => (JSON.parse(row) as Hash[])[0]);
      assert.ok(leaves.includes(child) && !leaves.includes(lonely));
    });

    it('that contradict each other end as in fossil rebuild where we rebuild, in whatever order they came', async () => {
      const { composer } = line;
      const target = line.checkin('target', [line.root], { comment: `see [${line.root}]` });
      const at = composer.next();
      const control = (date: number, ...tags: TagCard[]): Hash =>
        composer.add({ type: 'control', date, tags, user: 'bob' });
      const all = (sign: string, value: string): TagCard[] => [
        tag(`${sign}bgcolor`, target, `#${value}`),
        tag(`${sign}comment`, target, `${value} of [${line.root}]`),
        tag(`${sign}user`, target, value),
      ];
      const controls = [control(at, ...all('+', '111111')), control(at, ...all('+', '222222'))];
      const reversed = [...controls].reverse();
      const dates = [tag('+date', target, '2021-01-01 00:00:00'), tag('-date', target)];
      const early = control(at - 500, ...dates.slice(0, 1));
      const late = control(at + 500, ...dates.slice(1), ...all('-', '333333'));
      // It becomes a delta of this one, and is then read after what comes between them.
      const child = line.checkin('child', [target]);
      const orders = [
        [line.root, target, ...controls, child],
        [line.root, ...reversed, target, child],
        [line.root, target, early, late, ...controls, child],
        [line.root, late, early, target, ...controls, child],
        [line.root, target, child, late, ...reversed, early],
      ];
      for (const order of orders) {
        const artifacts = order.map((hash) => line.artifacts.find((one) => one.hash === hash) ?? assert.fail());
        const file = await receive(fixture, artifacts, new Seeded(12));
        const repository = Repository.open(fixture.environment, file, { allowPortableWrites: true });
        try {
          await rebuild(repository, { user: 'alice' });
        } finally {
          repository.close();
        }
        await tablesAsRebuilt(fixture, file);
      }
    });

    it('are worded on the timeline as Fossil words them, whatever their names and targets', async () => {
      const target = line.checkin('target', [line.root]);
      const page = line.composer.add({
        type: 'wiki',
        date: line.composer.next(),
        title: 'Page',
        parents: [],
        user: 'alice',
        text: new TextEncoder().encode('text\n'),
      });
      const names = ['*branch', '*sym-a & b', '+sym-"quoted"', '-sym-<gone>', '*bgcolor', '+hidden', "+it's", '*odd'];
      for (const name of names) {
        line.control(tag(name, target, name.includes('branch') ? 'a branch & more' : undefined));
        if (!name.startsWith('-')) line.control(tag(name, target, 'a <value>'));
      }
      line.control(tag('*branch', target, 'moved'), tag('*sym-moved', target), tag('-sym-trunk', target));
      line.control(tag('+closed', target), tag('+date', page, '2022-06-07 08:09:10'), tag('+note', page, 'n'));
      line.control(tag('+cluster', page), tag('+comment', page, 'what?'), tag('+user', page, 'nobody'));
      line.control(tag('-bgcolor', target), tag('-closed', target, 'reopened'), tag('-hidden', target, 'shown'));
      line.control(tag('+sym-on-nothing', line.composer.unknown()), tag('+sym-on-nothing', line.composer.unknown(40)));
      const tables = await received();
      assert.ok(tables.event.filter((row) => row.startsWith('["g"')).length > names.length);
    });

    it('show as many digits of a hash as the project wants', async () => {
      const target = line.checkin('target', [line.root]);
      line.control(tag('+sym-release', target));
      const file = await receive(fixture, [], new Seeded(8));
      await fixture.fossil(fixture.directory, 'settings', 'hash-digits', '13', '-R', file);
      await receiveMore(fixture, file, line.artifacts, new Seeded(9));
      const { event } = await tablesAsRebuilt(fixture, file);
      assert.ok(event.some((row) => row.includes(`Edit [${target.slice(0, 19)}|${target.slice(0, 13)}]:`)));
    });

    it('keep to ourselves what they call private', async () => {
      const tags = [{ sign: '+', name: 'private', target: '*' } as const];
      const target = line.checkin('target', [line.root], { files: [], tags });
      const other = line.checkin('other', [target], { files: [] });
      line.control(tag('+private', other));
      const tables = await received();
      assert.deepEqual(tables.private, [target, other].map((hash) => JSON.stringify([hash])).sort());
      assert.ok(!tables.unclustered.some((row) => row.includes(target) || row.includes(other)));
    });

    it('that name other parents take a check-in there, with its files, and leave it there when they are cancelled', async () => {
      const [a, b] = [line.checkin('a', [line.root]), line.checkin('b', [line.root])];
      const moved = line.checkin('moved', [a]);
      const merge = line.checkin('merge', [a, b]);
      line.control(tag('+parent', moved, b));
      line.control(tag('+parent', merge, `${b} ${a}`));
      const wavering = line.checkin('wavering', [a, b]);
      line.control(tag('+parent', wavering, b));
      line.control(tag('-parent', wavering));
      const tables = await received();
      assert.ok(tables.plink.some((row) => row.startsWith(`["${b}","${moved}",1`)));
      assert.ok(!tables.plink.some((row) => row.startsWith(`["${a}","${moved}"`)));
      assert.ok(tables.mlink.some((row) => row.startsWith(`["${moved}"`) && row.includes(b)));
      assert.ok(tables.plink.some((row) => row.startsWith(`["${b}","${wavering}",1`)));
      assert.equal(tables.leaf.length, 3);
    });

    it('that name other parents and take that back count as they are read, though a cluster has named them before', async () => {
      const { composer } = line;
      const [a, b] = [line.checkin('a', [line.root]), line.checkin('b', [line.root])];
      const moves: Hash[][] = [];
      for (let count = 0; count < 4; count++) {
        const target = line.checkin(`moved ${count}`, [a]);
        const [first, second] = [composer.next(), composer.next()];
        const cards = [tag('+parent', target, b), tag('-parent', target)];
        // Two of one moment, and of two.
        const dates = count % 2 === 0 ? [first, first] : [first, second];
        const controls = cards.map((card, index) =>
          composer.add({ type: 'control', date: dates[index] ?? first, tags: [card], user: 'bob' }),
        );
        moves.push(count < 2 ? controls : controls.reverse());
      }
      const later = new Set(moves.flat());
      const cluster = composer.add({ type: 'cluster', members: [...later].sort() });
      const byHash = new Map(line.artifacts.map((one) => [one.hash, one]));
      const names = [...byHash.keys()].filter((hash) => !later.has(hash) && hash !== cluster);
      const order = [...names, cluster, ...later].map((hash) => byHash.get(hash) ?? assert.fail());
      const tables = await received(order);
      assert.ok(tables.tagxref.some((row) => row.startsWith('["parent",0')));
    });

    it('keep on the timeline a check-in whose parent tag came first, which fossil rebuild forgets there', async () => {
      const [a, b] = [line.checkin('a', [line.root]), line.checkin('b', [line.root])];
      const moved = line.checkin('moved', [a]);
      line.control(tag('+parent', moved, b));
      const isLate = ({ hash }: ComposedArtifact): boolean => hash === moved;
      const order = [...line.artifacts.filter((one) => !isLate(one)), ...line.artifacts.filter(isLate)];
      const file = await receive(fixture, order, new Seeded(10));
      const ours = await derivedTables(file);
      await fixture.fossil(fixture.directory, 'rebuild', file);
      const rebuilt = await derivedTables(file);
      assert.deepEqual([ours.plink, ours.mlink], [rebuilt.plink, rebuilt.mlink]);
      assert.ok(ours.event.some((row) => row.startsWith('["ci"') && row.includes(moved)));
      assert.ok(!rebuilt.event.some((row) => row.startsWith('["ci"') && row.includes(moved)));
      assert.ok(ours.leaf.some((row) => row.includes(moved)) && !rebuilt.leaf.some((row) => row.includes(moved)));
    });

    it('that name a parent which is not here yet take the check-in there when it comes', async () => {
      const a = line.checkin('a', [line.root]);
      const moved = line.checkin('moved', [a]);
      const late = line.checkin('late', [line.root]);
      line.control(tag('+parent', moved, late));
      const isLate = ({ hash }: ComposedArtifact): boolean => hash === late;
      const seeded = new Seeded(6);
      const file = await receive(
        fixture,
        line.artifacts.filter((one) => !isLate(one)),
        seeded,
      );
      await receiveMore(fixture, file, line.artifacts.filter(isLate), seeded);
      const tables = await tablesAsRebuilt(fixture, file);
      assert.ok(tables.mlink.some((row) => row.startsWith(`["${moved}"`) && row.includes(late)));
    });
  });
}
