import assert from 'node:assert/strict';
import { EngineError, type ErrorCode } from '../../../src/engine/errors';
import { type Script, ScriptedServer } from '../../support/scripted-server';
import { LATER, NEW, packed, sha3, TRAILER } from '../../support/hostile-messages';
import { XferFixture } from './xfer-fixture';

const PROJECT = '1'.repeat(40);
const SERVER = '2'.repeat(40);
const IDENTITY = `push ${SERVER} ${PROJECT}\n`;
const ROUNDS = 100;

const cfile = (hash: string, size: number, container: Buffer, source = ''): string =>
  `cfile ${hash} ${source}${size} ${container.length}\n${container.toString('latin1')}\n`;
const HELLO = cfile(NEW, 5, packed('hello'));
const whole =
  (cards: string): Script =>
  (round) => ({
    body: (round === 1 ? `${cards}clone_seqno 0\n${IDENTITY}` : '') + TRAILER,
  });
/** The first reply goes on at 5; the others hold `cards`. */
const then =
  (cards: string): Script =>
  (round) => ({
    body: (round === 1 ? `${HELLO}clone_seqno 5\n${IDENTITY}` : cards) + TRAILER,
  });

/** Absent: the clone is done. */
const CASES: [name: string, script: Script, fails?: ErrorCode | undefined, unresolved?: string[]][] = [
  ['what it should', whole(HELLO)],
  ['an artifact of another content', whole(cfile(NEW, 5, packed('evil!'))), 'hash-mismatch'],
  ['an artifact of another size', whole(cfile(NEW, 9, packed('hello')))],
  ['a container that tells 2 GB', whole(cfile(NEW, 5, packed('hello', 0x7fffffff))), 'container-malformed'],
  ['a container of garbage', whole(cfile(NEW, 5, Buffer.from('garbage garbage'))), 'container-malformed'],
  ['an artifact that it says is huge', whole(cfile(NEW, 2147483647, packed('hello'))), 'artifact-too-large'],
  [
    'a delta of what never comes',
    whole(HELLO + cfile(LATER, 5, packed('5\n5@0,0;'), `${sha3('none')} `)),
    undefined,
    [LATER],
  ],
  ['a delta of itself', whole(HELLO + cfile(LATER, 5, packed('5\n5@0,0;'), `${LATER} `)), 'content-corrupt'],
  ['private content that nobody asked for', whole(`private\n${HELLO}`), 'protocol'],
  ['a card of the future', whole('bogus\n'), 'protocol'],
  ['no place to go on', (round) => ({ body: (round === 1 ? HELLO + IDENTITY : '') + TRAILER }), 'reply-truncated'],
  ['names of artifacts, and of no project', () => ({ body: `igot ${NEW}\n${TRAILER}` }), 'protocol'],
  ['a place below zero', then('clone_seqno -1\n'), 'card-malformed'],
  ['the same place again', then('clone_seqno 5\n'), 'protocol'],
  ['an earlier place', then('clone_seqno 3\n'), 'protocol'],
  ['a gigantic place', then('clone_seqno 99999999999\n'), 'card-malformed'],
  ['another project', then(`clone_seqno 0\npush ${SERVER} ${'3'.repeat(40)}\n`), 'wrong-project'],
  ['another file of the project', then(`clone_seqno 0\npush ${'3'.repeat(40)} ${PROJECT}\n`), 'repository-changed'],
  [
    'a project that is no code',
    (round) => ({ body: (round === 1 ? `${HELLO}clone_seqno 0\npush x '; DROP\n` : '') + TRAILER }),
    'protocol',
  ],
  ['empty parts for ever', (round) => ({ body: `clone_seqno ${round + 1}\n${IDENTITY}${TRAILER}` }), 'protocol'],
  [
    'the same artifact at ever later places',
    (round) => ({ body: `${HELLO}clone_seqno ${round + 1}\n${IDENTITY}${TRAILER}` }),
    'protocol',
  ],
  ['a refusal', () => ({ body: `${IDENTITY}error not\\sauthorized\\sto\\sclone\n${TRAILER}` }), 'not-authorized'],
  ['nothing', () => ({ body: TRAILER }), 'reply-truncated'],
  [
    'less than it announced',
    (round) => (round === 1 ? { body: HELLO, length: 5000 } : { body: TRAILER }),
    'reply-truncated',
  ],
];

describe('What a hostile server sends to a clone', function () {
  this.timeout(120_000);
  let fixture: XferFixture;
  let server: ScriptedServer;

  before(async () => {
    fixture = await XferFixture.create();
    server = await ScriptedServer.start();
  });
  after(async () => {
    await server.stop();
    await fixture.remove();
  });

  for (const [index, [name, script, fails, unresolved]] of CASES.entries()) {
    it(`${name}, ${fails === undefined ? 'is borne' : `ends in ${fails}`}`, async () => {
      server.play((round, message) => (round > ROUNDS ? { status: 500, body: '' } : script(round, message)));
      const file = `clone-${index}.fossil`;
      const error = await fixture.clone(server.url, file).then(
        (statistics) => {
          assert.deepEqual(statistics.unresolved, unresolved ?? []);
          return undefined;
        },
        (reason: unknown) => reason,
      );
      assert.ok(server.rounds <= ROUNDS, 'goes on for ever');
      assert.ok(error === undefined || error instanceof EngineError, String(error));
      assert.equal(error?.code, fails, error?.message);
      if (error !== undefined) return;
      assert.match(await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path(file)), / 0 errors/);
      assert.deepEqual(await fixture.artifacts(file), [NEW]);
    });
  }
});
