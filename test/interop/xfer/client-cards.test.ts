import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CardProject, changesBetween, labelled } from '../../support/card-project';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { launch } from '../../support/launcher';
import { ScriptedServer } from '../../support/scripted-server';
import { CLIENT_ROWS } from '../../unit/xfer/client-rows/all';
import type { ClientRow } from '../../unit/xfer/client-rows/row';
import { drivers } from '../checkout/fossil-fixture';
import { withNativeDriver } from '../with-native-driver';

const VERSION = 'pragma server-version 22100 20230226 192424\n';
/** What fossil says when something is wrong; it ends with 0 all the same. */
const COMPLAINT = /^Error: |unknown command|malformed|wrong hash|HTML instead|HASH does not match|Server Error/im;
/** Seconds, longer than any honest exchange here. */
const PATIENCE = 4;

interface Ending {
  isGood: boolean;
  changes: string[];
  messages: string[];
}

/** What we do is shown by test/unit/xfer/client-cards.test.ts, for all replies of a row. */
withNativeDriver('What a server sends, malformed, oversized, out of order or not', function (this: Mocha.Suite) {
  this.timeout(60_000);
  let project: CardProject;
  let sandbox: FossilSandbox;
  let server: ScriptedServer;

  before(async () => {
    sandbox = await FossilSandbox.create();
    project = await CardProject.create(drivers[0]);
    server = await ScriptedServer.start();
  });
  after(async () => {
    await server.stop();
    await project.remove();
    await sandbox.remove();
  });

  function argumentsFor({ during, withPrivate = false }: ClientRow, path: string): string[] {
    const more = withPrivate ? ['--private'] : [];
    switch (during) {
      case 'clone':
        return ['clone', server.url, path, '--no-open', ...more];
      case 'unversioned':
        return ['uv', 'sync', server.url, '-R', path];
      case 'configuration':
        return ['configuration', 'pull', 'skin', server.url, '-R', path];
      case 'links':
        return ['pull', server.url, '--once', '--share-links', '-R', path];
      default:
        return [during, server.url, '--once', '-R', path, ...more];
    }
  }

  /** @returns the exit code, and all that it said */
  async function fossil(args: readonly string[]): Promise<{ code: number; said: string }> {
    const { code, stdout, stderr } = await launch('timeout', ['--signal=KILL', String(PATIENCE), 'fossil', ...args], {
      cwd: sandbox.directory,
      env: { PATH: process.env['PATH'], HOME: sandbox.directory, USER: 'tester', TZ: 'UTC' },
    });
    return { code, said: `${stdout.toString()}${stderr.toString()}` };
  }

  async function endingOfFossil(row: ClientRow): Promise<Ending> {
    const messages: string[] = [];
    server.play((round, message) => {
      messages.push(labelled(message));
      const says = row.says[0] ?? assert.fail('no reply');
      const text = [(says.startsWith('<') ? '' : VERSION) + says, row.then][round - 1] ?? VERSION;
      const trailer = `# timestamp ${new Date().toISOString().slice(0, 19)} errors 0\n`;
      return { body: Buffer.from(text + trailer, 'latin1') };
    });
    const isClone = row.during === 'clone';
    const path = isClone ? join(project.directory, 'theirs.fossil') : await project.copy(row.before);
    if (isClone) await rm(path, { force: true });
    const before = isClone ? [] : project.stateIn(path);
    const { code, said } = await fossil(argumentsFor(row, path));
    // Where it syncs with is noted, and a clone begins with users and without files.
    const isBeside = (change: string): boolean =>
      change.includes(' syncwith:') ||
      (isClone && / file | user (?:anonymous|developer|nobody|reader|tester) /.test(change));
    const after = (await project.environment.fs.status(path)) === undefined ? [] : project.stateIn(path);
    const changes = changesBetween(before, after).filter((change) => !isBeside(change));
    return { isGood: code === 0 && !COMPLAINT.test(said), changes, messages };
  }

  for (const row of CLIENT_ROWS) {
    // Fossil locks a check-in only when it commits, and does not peek.
    if (row.during === 'lock' || row.during === 'peek') continue;
    const ending = row.because === undefined ? 'as with Fossil' : `otherwise than with Fossil, because ${row.because}`;
    it(`in a ${row.during}, ${row.card} ${row.rule}, ${ending}`, async () => {
      const { isGood, changes, messages } = await endingOfFossil(row);
      const isSame =
        isGood === (row.ends === undefined) &&
        changes.join('\n') === (row.changes ?? []).join('\n') &&
        (row.goesOn?.test(messages[1] ?? '') ?? true) &&
        (row.isOver !== true || messages.length === 1);
      if (row.because === undefined) assert.ok(isSame, JSON.stringify({ isGood, changes, messages }));
      else assert.ok(!isSame, 'there is no difference any more: say so in the table');
    });
  }
});
