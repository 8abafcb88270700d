import assert from 'node:assert/strict';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import { rebuild } from '../../../src/engine/repository/rebuild';
import type { ReceivedArtifact } from '../../../src/engine/repository/receive';
import { Repository } from '../../../src/engine/repository/repository';
import { derivedTables, type DerivedTables } from '../../support/derived-tables';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { Seeded } from '../../support/seeded';
import { withoutSha3 } from '../../support/without-sha3';
import { drivers } from '../checkout/fossil-fixture';
import { changesBetween, contradictions, differences } from './parity-differences';
import { withoutFudge } from './parity-exceptions';
import { missingOddities } from './parity-oddities';
import {
  corpusSubject,
  GENERATED_SUBJECTS,
  rebuiltTables,
  referenceOf,
  type ParityReference,
  type ParitySubject,
} from './parity-reference';
import {
  artifactsOf,
  cloneWithEngine,
  copyOf,
  receiveBySteps,
  receiveWithFossil,
  ticketConfigOf,
} from './repository-copies';

const SEED = 20_261_121;
/** Minutes more: the largest corpus with the portable driver, too, and a corpus by pulls of all kinds. */
const IS_WHOLE = process.env['TRILOBITE_PARITY'] === 'whole';

/** A place in which one subject is copied with one environment. */
interface Place {
  sandbox: FossilSandbox;
  environment: Environment;
  reference: ParityReference;
}

async function placeOf(subject: ParitySubject, source: string, driver: 'native' | 'portable' | 'auto'): Promise<Place> {
  const sandbox = await FossilSandbox.create();
  const variables = { HOME: sandbox.directory, USER: 'tester' };
  const environment = await createNodeEnvironment({ driver, homeDirectory: sandbox.directory, variables });
  return { sandbox, environment, reference: await referenceOf(subject, source) };
}

function assertSame(ours: DerivedTables, theirs: DerivedTables): void {
  assert.equal(differences(withoutFudge(ours), withoutFudge(theirs)).join('\n'), '');
}

/** Of a copy of the source, private and shunned artifacts included. */
async function assertRebuildIsSame({ sandbox, environment, reference }: Place): Promise<void> {
  const file = await copyOf(reference.source, sandbox.path('rebuilt.fossil'));
  const repository = Repository.open(environment, file, { mode: 'write', allowPortableWrites: true });
  try {
    // Rows that no artifact tells of: what is not made anew stays wrong.
    repository.transaction(() =>
      repository.db.exec("DELETE FROM mlink; UPDATE event SET comment='wrong'; DELETE FROM leaf"),
    );
    await rebuild(repository, { user: 'tester' });
  } finally {
    repository.close();
  }
  assertSame(await derivedTables(file), reference.sourceRebuilt);
}

async function assertCloneIsSame({ sandbox, environment, reference }: Place): Promise<void> {
  const file = sandbox.path('ours.fossil');
  await cloneWithEngine(environment, reference.source, file);
  assertSame(await derivedTables(file), reference.rebuilt);
  assertSame(await rebuiltTables(sandbox, file), reference.rebuilt);
}

for (const driver of drivers) {
  const corpora = ['svn-scm.fossil', ...(driver === 'native' || IS_WHOLE ? ['automerge-repo.fossil'] : [])];
  for (const subject of [...GENERATED_SUBJECTS, ...corpora.map(corpusSubject)]) {
    describe(`parity with fossil rebuild: ${subject.name}, with the ${driver} driver`, function () {
      this.timeout(IS_WHOLE ? 900_000 : 300_000);
      let place: Place | undefined;
      before(async function () {
        const source = await subject.file();
        if (source === undefined) return this.skip();
        place = await placeOf(subject, source, driver);
      });
      after(() => place?.sandbox.remove());
      const here = (): Place => {
        assert.ok(place);
        return place;
      };

      it('compares something in every table', () => {
        const { reference } = here();
        const empty = subject.clonedTables.filter((table) => reference.rebuilt[table].length === 0);
        assert.deepEqual(empty, []);
        if (subject.name !== 'every artifact') return;
        assert.deepEqual(missingOddities(reference.rebuilt), []);
        assert.ok(reference.sourceRebuilt.private.length > 0);
      });

      it('holds for a clone', () => assertCloneIsSame(here()));

      it('holds for a rebuild', () => assertRebuildIsSame(here()));

      const isLarge = subject.name === 'automerge-repo.fossil';
      // The portable driver writes the whole file after each reply.
      if (GENERATED_SUBJECTS.includes(subject) || (IS_WHOLE && !(isLarge && driver === 'portable')))
        describePulls(here);
    });
  }
}

/** Pulls end where a rebuild does, whatever their size. */
function describePulls(here: () => Place): void {
  const pull = async (name: string, inReplies: (all: ReceivedArtifact[]) => ReceivedArtifact[][]): Promise<void> => {
    const { sandbox, environment, reference } = here();
    const replies = inReplies(artifactsOf(environment, reference.source));
    const file = sandbox.path(name);
    await receiveBySteps(environment, replies, file, ticketConfigOf(environment, reference.source));
    assertSame(await derivedTables(file), reference.sourceRebuilt);
    assertSame(await rebuiltTables(sandbox, file), reference.sourceRebuilt);
  };

  it('holds for pulls of one artifact each', () => pull('one-by-one.fossil', (all) => all.map((one) => [one])));

  it('holds for pulls of some artifacts each', () => pull('some.fossil', (all) => inRounds(all, new Seeded(SEED))));

  it('holds for pulls in a wild order, as far as fossil agrees with itself', async () => {
    const { sandbox, environment, reference } = here();
    const seeded = new Seeded(SEED);
    const rounds = inRounds(shuffled(artifactsOf(environment, reference.source), seeded), seeded);
    const config = ticketConfigOf(environment, reference.source);
    const [file, fossils] = [sandbox.path('wild.fossil'), sandbox.path('fossils-wild.fossil')];
    await receiveBySteps(environment, rounds, file, config);
    const ours = await derivedTables(file);
    await receiveWithFossil(sandbox, rounds, fossils, config);
    const [theirs, rebuilt] = [await derivedTables(fossils), await rebuiltTables(sandbox, file)];
    const answers = [reference.sourceRebuilt, theirs, rebuilt];
    assert.equal(contradictions(withoutFudge(ours), answers.map(withoutFudge)).join('\n'), '');
    // Each row that a rebuild changes here is one that fossil's own changes after fossil's own pull of the same.
    const own = changesBetween(withoutFudge(ours), withoutFudge(rebuilt));
    const allowed = new Set(changesBetween(withoutFudge(theirs), withoutFudge(await rebuiltTables(sandbox, fossils))));
    assert.deepEqual(
      own.filter((change) => !allowed.has(change)),
      [],
    );
  });
}

describe('parity with fossil rebuild: every artifact', function () {
  this.timeout(300_000);
  let place: Place | undefined;
  afterEach(async () => {
    await place?.sandbox.remove();
    place = undefined;
  });
  const everyArtifact = async (): Promise<[ParitySubject, string]> => {
    const [subject] = GENERATED_SUBJECTS;
    const source = await subject?.file();
    assert.ok(subject !== undefined && source !== undefined);
    return [subject, source];
  };

  it('holds for a clone where the runtime has no SHA-3', async () => {
    const [subject, source] = await everyArtifact();
    place = await withoutSha3(() => placeOf(subject, source, 'auto'));
    await assertCloneIsSame(place);
  });

  it("leaves only times of hurried check-ins out of what it compares, in which fossil's clone differs from its rebuild", async () => {
    const { cloned, rebuilt } = await referenceOf(...(await everyArtifact()));
    assert.notEqual(differences(cloned, rebuilt).join('\n'), '');
    assertSame(cloned, rebuilt);
  });
});

function shuffled<T>(items: readonly T[], seeded: Seeded): T[] {
  const left = [...items];
  return items.map(() => left.splice(seeded.below(left.length), 1)).flat();
}

/** The same artifacts in the same order, by replies of one to forty. */
function inRounds(artifacts: readonly ReceivedArtifact[], seeded: Seeded): ReceivedArtifact[][] {
  const rounds: ReceivedArtifact[][] = [];
  for (let start = 0; start < artifacts.length;) {
    const end = start + 1 + seeded.below(40);
    rounds.push(artifacts.slice(start, end));
    start = end;
  }
  return rounds;
}
