import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { hasCode } from '../../../src/engine/errors';
import type { Hash, Rid } from '../../../src/engine/identifiers';
import { Repository } from '../../../src/engine/repository/repository';
import { type EventType, findNamed } from '../../../src/engine/repository/version-names';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { makeHistory } from './history';

const TYPES: readonly (EventType | '*')[] = ['*', 'ci', 'w', 'g', 'e', 't', 'f'];

for (const driver of drivers) {
  describe(`names of versions with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let root: string;
    let repository: Repository;
    /** Contents of files whose names begin with the same four digits. */
    const twins = contentsThatCollide();

    before(async () => {
      fixture = await FossilFixture.create(driver);
      root = await makeHistory(fixture);
      await fixture.fossilCommit(root, 'names that begin alike', { 'one.txt': twins[0], 'two.txt': twins[1] });
      await fixture.write(root, { 'page.txt': 'A page\n' });
      await fixture.fossil(root, 'wiki', 'create', 'Some Page', 'page.txt');
      await fixture.fossil(root, 'wiki', 'create', 'a note', 'page.txt', '--technote', '2021-03-04 05:06:07');
      await fixture.fossil(root, 'ticket', 'add', 'title', 'A ticket');
      await fixture.fossilCommit(root, 'on a branch called deadbeef', { 'late.txt': '1' }, '--branch', 'deadbeef');
      await fixture.fossil(root, 'merge', 'trunk').catch(() => '');
      await fixture.fossilCommit(
        root,
        'back to an older state',
        { 'late.txt': 'longer' },
        '--date-override',
        '2021-05-06 07:08:09',
        '--allow-older',
      );
      await fixture.fossil(root, 'tag', 'add', '20200101', 'prev');
      await fixture.fossil(root, 'update', 'prev');
      repository = Repository.open(fixture.environment, fixture.repository, { mode: 'read' });
    });
    after(async () => {
      repository.close();
      await fixture.remove();
    });

    /** Our answers as `fossil test-name-to-id` prints them. */
    const ours = (names: readonly string[], type: EventType | '*', current: Rid): string[] =>
      names.map((name) => {
        try {
          const rid = findNamed(repository, name, { current, ...(type === '*' ? {} : { type }) });
          return `${name} -> ${rid === undefined ? `ERROR: cannot resolve name: ${name}` : repository.blobs.hash(rid)}`;
        } catch (error) {
          if (!hasCode(error, 'ambiguous-version')) throw error;
          return `${name} -> ERROR: ambiguous name: ${name}`;
        }
      });
    const theirs = async (names: readonly string[], type: EventType | '*'): Promise<string[]> =>
      (await fixture.fossil(root, 'test-name-to-id', '--type', type, ...names)).split('\n').slice(0, -1);
    const currentOf = (): Promise<Rid> => fixture.withCheckout(root, (checkout) => checkout.current);

    it('stand for what they stand for in Fossil, for every type of artifact', async () => {
      const current = await currentOf();
      const names = namesOf(repository);
      assert.ok(names.length > 300, `${names.length} names`);
      for (const type of TYPES) {
        const expected = await theirs(names, type);
        const wrong = ours(names, type, current).filter((answer, at) => answer !== expected[at]);
        assert.deepEqual(wrong, [], `type ${type}`);
        assert.equal(expected.length, names.length);
      }
    });

    it('stand for what they stand for in Fossil wherever the checkout is', async () => {
      const names = ['current', 'prev', 'previous', 'next', 'tip', 'root:current', 'start:next', 'merge-in:current'];
      for (const version of ['root:trunk', 'feature', 'trunk', 'tag:v1', 'deadbeef', 'side']) {
        await fixture.fossil(root, 'update', version);
        assert.deepEqual(ours(names, 'ci', await currentOf()), await theirs(names, 'ci'), `at ${version}`);
      }
      await fixture.fossil(root, 'update', 'tag:20200101');
    });

    it('without a checkout know no current, previous or next', () => {
      for (const name of ['current', 'prev', 'previous', 'next']) {
        assert.equal(findNamed(repository, name, { type: 'ci' }), undefined);
      }
    });

    it('that are the beginning of several hashes are refused, and each candidate is named', () => {
      const hashes = twins.map((content) => createHash('sha3-256').update(content).digest('hex'));
      const prefix = hashes[0]?.slice(0, 4) ?? '';
      assert.throws(
        () => findNamed(repository, prefix),
        (error) =>
          hasCode(error, 'ambiguous-version') &&
          hashes.every((hash) => error.message.includes(hash.slice(0, 16))) &&
          error.message.includes('file one.txt') &&
          error.message.includes('file two.txt'),
      );
      assert.equal(findNamed(repository, prefix, { type: 'ci' }), undefined);
    });
  });
}

/** Every form of name, made of what the repository holds, and names that are nearly of that form. */
function namesOf(repository: Repository): string[] {
  const seeded = new Seeded(8);
  const { db } = repository;
  const hashes = db.prepare('SELECT uuid FROM blob ORDER BY rid').all<{ uuid: Hash }>();
  const times = db
    .prepare("SELECT strftime('%Y-%m-%d %H:%M:%f',mtime) AS time FROM event ORDER BY mtime")
    .all<{ time: string }>();
  const labels = db
    .prepare("SELECT substr(tagname,5) AS name FROM tag WHERE tagname GLOB 'sym-*'")
    .all<{ name: string }>()
    .map(({ name }) => name);
  const rids = db.prepare('SELECT objid AS rid FROM event').all<{ rid: Rid }>();
  const moments = times.flatMap(({ time }) => {
    const length = seeded.pick([10, 13, 16, 19, 21, 23]);
    const iso = time.slice(0, length);
    return [iso, iso.replace(' ', 'T'), `${iso}Z`, `${time}+01:00`, iso.replaceAll(/\D/g, '').slice(0, 14)];
  });
  const ofPrefixes = hashes.flatMap(({ uuid }) => {
    const prefix = uuid.slice(0, 4 + seeded.below(61));
    return [prefix, prefix.toUpperCase(), `[${prefix}]`, `${prefix}.`, uuid.slice(0, 4)];
  });
  const dates = [
    ...moments,
    'now',
    '2020',
    '2020-01-02',
    '20200102',
    '202001020304',
    '2020-13-45',
    '99991231',
    '1969-01-01',
  ];
  return [
    ...['tip', 'trunk', 'current', 'prev', 'previous', 'next', 'nothing', 'a', 'abc', 'rid:0', 'rid:x', 'ckout'],
    ...[
      'Some Page',
      'wiki-Some Page',
      'tip.',
      'trunk!?',
      'trunk???',
      'v1)',
      '[trunk]',
      'tag:tip',
      'date:',
      'tag:',
      'root:',
      ':2020-01-01',
    ],
    ...dates,
    ...dates.flatMap((date) => [`date:${date}`, `local:${date}`, `utc:${date}`, `${seeded.pick(labels)}:${date}`]),
    ...dates.map((date) => `trunk:${date}utc`),
    ...labels.flatMap((label) => [
      label,
      `tag:${label}`,
      `root:${label}`,
      `start:${label}`,
      `merge-in:${label}`,
      `root:tag:${label}`,
    ]),
    ...rids.flatMap(({ rid }) => [`rid:${rid}`, `root:rid:${rid}`, `start:rid:${rid}`, `merge-in:rid:${rid}`]),
    ...ofPrefixes,
  ];
}

/** @returns two short texts whose SHA3-256 begins with the same four digits */
function contentsThatCollide(): [string, string] {
  const seen = new Map<string, string>();
  for (let i = 0; ; i++) {
    const content = `content ${i}\n`;
    const prefix = createHash('sha3-256').update(content).digest('hex').slice(0, 4);
    const twin = seen.get(prefix);
    if (twin !== undefined) return [twin, content];
    seen.set(prefix, content);
  }
}
