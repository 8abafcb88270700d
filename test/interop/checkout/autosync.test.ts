import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Checkout } from '../../../src/engine/checkout/checkout';
import { EngineError, hasCode, type ErrorCode } from '../../../src/engine/errors';
import type { Hash } from '../../../src/engine/identifiers';
import { addToCheckout } from '../../../src/engine/operations/files';
import { commitCheckout, type CommitOutcome, type CommitRequest } from '../../../src/engine/operations/commit';
import type { Doubt, Interaction } from '../../../src/engine/operations/interaction';
import { openRepository } from '../../../src/engine/operations/open';
import { updateWorkspace } from '../../../src/engine/operations/update';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Progress } from '../../../src/engine/progress';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import { httpTransport } from '../../../src/engine/transport/http';
import { CheckinLockClient } from '../../../src/engine/xfer/checkin-lock-client';
import { synchronize } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import type { Session, Transport } from '../../../src/engine/xfer/transport';
import { FossilProject } from '../../support/fossil-project';
import { startFossilServer } from '../../support/fossil-server';

const fails = (code: ErrorCode) => (error: unknown) => hasCode(error, code);

/** HTTP whose connections fail where the test says so, by their number from 1 on. */
class FlakyTransport implements Transport {
  opened = 0;
  readonly #http = httpTransport({ variables: {} });

  constructor(private readonly fails: (connection: number) => boolean = () => false) {}

  open(...parameters: Parameters<Transport['open']>): Promise<Session> {
    if (this.fails(++this.opened)) throw new EngineError('connection-refused', 'The server does not answer.');
    return this.#http.open(...parameters);
  }
}

describe('Autosync', () => {
  let project: FossilProject;
  let environment: Environment;
  let root: string;
  const doubts: Doubt[] = [];
  let goesOn: boolean | undefined;
  const reports: Progress[] = [];

  const interaction: Interaction = {
    questions: {
      credentials: () => Promise.resolve(undefined),
      userName: () => Promise.resolve('tester'),
      allowPortableWrites: () => Promise.resolve(true),
      goOn: (doubt) => {
        doubts.push(doubt);
        return Promise.resolve(goesOn);
      },
    },
    onProgress: (progress) => reports.push(progress),
  };

  beforeEach(async () => {
    project = await FossilProject.start();
    const variables = { HOME: project.directory, USER: 'tester' };
    environment = await createNodeEnvironment({ homeDirectory: project.directory, variables });
    root = await project.checkOut('ours');
    doubts.length = 0;
    reports.length = 0;
    goesOn = undefined;
  });
  afterEach(async () => {
    await environment.pool.close();
    await project.stop();
  });

  const set = (name: string, value: string, where = root): Promise<string> =>
    project.fossil(['settings', name, value], where);

  async function commitOurs(
    request: Partial<CommitRequest> = {},
    transport: Transport = new FlakyTransport(),
  ): Promise<CommitOutcome> {
    await writeFile(join(root, 'src/main.txt'), `ours ${Math.random()}\n`);
    return commitCheckout(environment, root, { message: 'ours', ...request }, interaction, transport);
  }

  const served = async (sql: string): Promise<string[]> => {
    const output = await project.fossil(['sql', '-R', project.served, sql]);
    return output.split('\n').filter((line) => line !== '');
  };
  const isServed = async (hash: string): Promise<boolean> =>
    (await served(`SELECT 1 FROM event JOIN blob ON rid=objid WHERE uuid='${hash}'`)).length === 1;
  const locks = (): Promise<string[]> => served("SELECT name FROM config WHERE name GLOB 'ci-lock-*'");
  const tipOf = async (directory: string): Promise<string> => {
    const sql = "SELECT uuid FROM localdb.vvar JOIN blob ON rid=value WHERE name='checkout'";
    return (await project.fossil(['sql', sql], directory)).replaceAll("'", '').trim();
  };

  /** Somebody else is about to commit to the version that we have. */
  async function lockTip(login = 'tester:secret@'): Promise<void> {
    const checkout = await Checkout.open(environment, root, { mode: 'write', allowPortableWrites: true });
    const part = new CheckinLockClient('9'.repeat(40), (await tipOf(root)) as Hash);
    const remote = parseRemote(project.url.replace('://', `://${login}`));
    const options = { pull: true, push: false, parts: [part] };
    await synchronize(checkout.repository, httpTransport({ variables: {} }), remote, options);
    checkout.close();
  }

  it('pulls before a commit and pushes after it, and leaves no lock', async () => {
    const outcome = await commitOurs();
    assert.equal(outcome.pushed?.failure, undefined);
    assert.ok((outcome.pushed?.sent ?? 0) >= 2);
    assert.ok(await isServed(outcome.hash));
    assert.deepEqual(await locks(), []);
    assert.deepEqual(doubts, []);
    assert.match(await project.fossil(['test-integrity', '-R', project.served]), / 0 errors/);
    const fractions = reports.map(({ fraction }) => fraction);
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b),
    );
    assert.equal(fractions.at(-1), 1);
  });

  it('refuses a commit that would fork because of what the pull has brought, and sends nothing', async () => {
    await project.commitElsewhere('theirs', { 'theirs.txt': 'theirs\n' });
    const before = await served('SELECT count(*) FROM event');
    await assert.rejects(commitOurs(), fails('would-fork'));
    assert.deepEqual(await served('SELECT count(*) FROM event'), before);
    assert.deepEqual(await locks(), []);
    assert.equal((await project.fossil(['leaves', '--bybranch'], root)).match(/\[/g)?.length, 1);
  });

  it('commits a fork when that is wanted, tells of it, and sends it', async () => {
    await project.commitElsewhere('theirs', { 'theirs.txt': 'theirs\n' });
    const outcome = await commitOurs({ allowFork: true });
    assert.equal(outcome.fork?.branch, 'trunk');
    assert.equal(outcome.fork.leaves.length, 2);
    assert.match(outcome.summary, /Branch trunk has 2 open leaves now/);
    assert.ok(await isServed(outcome.hash));
  });

  it('refuses a commit when somebody without a name is about to commit to the same version', async () => {
    await lockTip('');
    await assert.rejects(commitOurs(), { message: /^Somebody who has not logged in is about to commit to the same/ });
  });

  it('refuses a commit when somebody else is about to commit to the same version, unless it starts a branch or may fork', async () => {
    await lockTip();
    await assert.rejects(commitOurs(), (error) => {
      assert.ok(hasCode(error, 'would-fork'));
      assert.match(error.message, /^tester is about to commit to the same version/);
      return true;
    });
    assert.equal((await locks()).length, 1);
    assert.equal((await commitOurs({ branch: 'aside' })).pushed?.failure, undefined);
    assert.equal((await commitOurs()).fork, undefined);
  });

  it('stops fossil from committing to the version that we are about to commit to, and no longer', async () => {
    const theirs = await project.checkOut('theirs');
    await writeFile(join(theirs, 'src/other.txt'), 'theirs\n');
    const commitTheirs = (): Promise<string> =>
      project.fossil(['commit', '-m', 'theirs', '--no-warnings', '--no-prompt'], theirs);
    let seen = '';
    // The push of our commit is the second connection: at that time the lock is still ours.
    const transport = new FlakyTransport();
    const open = transport.open.bind(transport);
    transport.open = async (...parameters) => {
      if (transport.opened === 1) seen = await commitTheirs().catch((error: unknown) => String(error));
      return open(...parameters);
    };
    await writeFile(join(root, 'src/main.txt'), 'ours\n');
    const outcome = await commitCheckout(environment, root, { message: 'ours' }, interaction, transport);
    assert.match(seen, /check-in race with user "tester"/);
    assert.ok(await isServed(outcome.hash));
    await project.fossil(['update'], theirs);
    await commitTheirs();
  });

  it('asks whether to commit when the pull fails, and the commit then says that it was not sent', async () => {
    goesOn = true;
    const outcome = await commitOurs({}, new FlakyTransport(() => true));
    assert.deepEqual(doubts, [{ kind: 'sync-failed', command: 'commit', sentence: 'The server does not answer.' }]);
    assert.equal(outcome.pushed?.failure?.code, 'connection-refused');
    assert.match(outcome.summary, /saved here, but was not sent to .*: The server does not answer$/);
    assert.ok(!(await isServed(outcome.hash)));
    assert.ok(await isServed((await commitOurs()).hash));
    assert.ok(await isServed(outcome.hash));
  });

  it('commits nothing when the pull fails and the user says no, or cannot be asked', async () => {
    const before = await tipOf(root);
    goesOn = false;
    await assert.rejects(commitOurs({}, new FlakyTransport(() => true)), fails('cancelled'));
    goesOn = undefined;
    await assert.rejects(commitOurs({}, new FlakyTransport(() => true)), fails('connection-refused'));
    assert.equal(await tipOf(root), before);
  });

  it('keeps a commit whose push fails', async () => {
    const outcome = await commitOurs({}, new FlakyTransport((connection) => connection === 2));
    assert.equal(outcome.pushed?.failure?.code, 'connection-refused');
    assert.equal(await tipOf(root), outcome.hash);
    assert.ok(!(await isServed(outcome.hash)));
  });

  it('tries as often as the setting says', async () => {
    await set('autosync-tries', '2');
    const transport = new FlakyTransport((connection) => connection === 1 || connection === 3);
    const outcome = await commitOurs({}, transport);
    assert.equal(transport.opened, 4);
    assert.deepEqual(doubts, []);
    assert.ok(await isServed(outcome.hash));
  });

  it('keeps a commit that the server does not let in, and says so', async () => {
    await project.fossil(['user', 'capabilities', 'tester', 'go', '-R', project.served]);
    const outcome = await commitOurs();
    assert.equal(outcome.pushed?.wasPushRefused, true);
    assert.match(outcome.summary, /does not let you push/);
  });

  it('does what the setting says: only pulls, nothing at all, or something else for each command', async () => {
    await set('autosync', 'pullonly');
    const pulling = new FlakyTransport();
    const pulled = await commitOurs({}, pulling);
    assert.deepEqual([pulling.opened, pulled.pushed, await isServed(pulled.hash)], [1, undefined, false]);
    await set('autosync', 'on,commit=off');
    const off = new FlakyTransport();
    assert.equal((await commitOurs({}, off)).pushed, undefined);
    assert.equal(off.opened, 0);
    await set('autosync', 'on');
    assert.equal((await commitOurs({ autosync: false }, off)).pushed, undefined);
    assert.equal(off.opened, 0);
    await set('dont-push', 'on');
    assert.equal((await commitOurs()).pushed, undefined);
  });

  it('sends to every remote where the setting says all', async () => {
    const file = join(project.directory, 'second.fossil');
    await project.fossil(['clone', project.served, file]);
    await project.fossil(['user', 'new', 'eve', 'Eve', 'evepw', '-R', file]);
    await project.fossil(['user', 'capabilities', 'eve', 'gio', '-R', file]);
    const second = await startFossilServer(file);
    try {
      await project.fossil(['remote', 'add', 'second', second.url.replace('://', '://eve:evepw@')], root);
      await set('autosync', 'all');
      const { hash, pushed } = await commitOurs();
      assert.equal(pushed?.failure, undefined);
      assert.ok(await isServed(hash));
      assert.match(await project.fossil(['info', hash, '-R', file]), /comment:\s+ours/);
      // Also a lock that only one of them knows counts.
      await lockTip();
      await assert.rejects(commitOurs(), fails('would-fork'));
    } finally {
      await second.stop();
    }
  });

  it('keeps private check-ins here, without asking the server anything', async () => {
    await writeFile(join(root, 'src/main.txt'), 'private\n');
    await project.fossil(['commit', '--private', '-m', 'secret', '--no-warnings', '--nosync'], root);
    const transport = new FlakyTransport();
    const outcome = await commitOurs({}, transport);
    assert.equal(transport.opened, 0);
    assert.ok(!(await isServed(outcome.hash)));
  });

  it('exchanges unversioned files after a commit where uv-sync is on', async () => {
    await set('uv-sync', 'on');
    await project.fossil(['user', 'capabilities', 'tester', 'sy', '-R', project.served]);
    const checkout = await Checkout.open(environment, root, { mode: 'write', allowPortableWrites: true });
    checkout.repository.transaction(() => {
      new UnversionedFiles(checkout.repository).add('notes', new TextEncoder().encode('notes'), 1_767_312_000);
    });
    checkout.close();
    await commitOurs();
    assert.equal(await project.fossil(['uv', 'cat', 'notes', '-R', project.served]), 'notes');
  });

  it('pulls before an update, and asks when that fails', async () => {
    await project.commitElsewhere('theirs', { 'theirs.txt': 'theirs\n' });
    const outcome = await updateWorkspace(environment, root, {}, interaction, new FlakyTransport());
    assert.equal(outcome.hash, await tipOf(project.elsewhere));
    assert.ok((outcome.pulled?.received ?? 0) > 0);
    const broken = new FlakyTransport(() => true);
    await assert.rejects(updateWorkspace(environment, root, {}, interaction, broken), fails('connection-refused'));
    goesOn = true;
    await updateWorkspace(environment, root, {}, interaction, broken);
    assert.deepEqual(
      doubts.map(({ command }) => command),
      ['update', 'update'],
    );
  });

  it('pulls before a repository is opened', async () => {
    await project.commitElsewhere('theirs', { 'theirs.txt': 'theirs\n' });
    const directory = join(project.directory, 'opened');
    await mkdir(directory);
    const repository = join(project.directory, 'ours.fossil');
    const { checkin } = await openRepository(environment, { repository, directory }, interaction, new FlakyTransport());
    assert.equal(checkin, await tipOf(project.elsewhere));
    const broken = new FlakyTransport(() => true);
    const again = { repository, directory: join(project.directory, 'again') };
    await mkdir(again.directory);
    await assert.rejects(openRepository(environment, again, interaction, broken), fails('connection-refused'));
    assert.equal((await openRepository(environment, { ...again, force: true }, interaction, broken)).checkin, checkin);
    assert.equal(doubts.length, 1);
  });

  it('does nothing where there is no remote', async () => {
    const transport = new FlakyTransport(() => true);
    await project.fossil(['remote', 'off'], root);
    await writeFile(join(root, 'new.txt'), 'new\n');
    await addToCheckout(environment, root, ['new.txt'], interaction);
    const outcome = await commitOurs({}, transport);
    assert.deepEqual([outcome.pushed, transport.opened, doubts.length], [undefined, 0, 0]);
  });
});
