import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { byteTextOf } from '../../../src/engine/codec/byte-text';
import { handleXfer } from '../../../src/engine/xfer/server';
import { HostileBase } from './hostile-base';
import { CASES, KNOWN, LEAF, PROJECT, PULL } from './hostile-client-cases';
import { NEW } from './hostile-messages';

describe('What a hostile client sends', function () {
  this.timeout(120_000);
  let base: HostileBase;
  const known: Record<string, string> = {};

  before(async () => {
    base = await HostileBase.create();
    const one = (sql: string): string => base.column(sql)[0] ?? assert.fail(sql);
    known[PROJECT] = one("SELECT value FROM config WHERE name='project-code'");
    known[KNOWN] = one('SELECT uuid FROM blob ORDER BY rid LIMIT 1');
    known[LEAF] = one('SELECT uuid FROM leaf JOIN blob USING(rid)');
  });
  after(() => base.remove());

  const replaced = (text: string): string =>
    Object.entries(known).reduce((all, [marker, value]) => all.replaceAll(marker, value), text);

  /** Status and body without what is new each time; names in a fixed order, for Fossil sends them in none. */
  function outcomeOf(status: number, body: Buffer): string {
    const text = body.toString('latin1');
    if (status !== 200) return `${status} ${text.replace(/<[^>]*>/g, '').trim()}`;
    const lines = text
      .replace(/^pragma server-version.*\n/m, '')
      .replace(/^# timestamp \S+ errors \d+\n$/m, '')
      // A token, however it was encoded, without the line feed that Fossil takes for a part of the card.
      .replace(/^error \S+(?:\n\n)?/gm, (line) =>
        line
          .replaceAll('+', ' ')
          .replaceAll('%2C', ',')
          .replaceAll('\\s', ' ')
          .replaceAll('\\0', '\0')
          .replace(/\\n$/, ''),
      )
      .split('\n');
    const names = lines.filter((line) => line.startsWith('igot ')).sort();
    return `200 ${lines.map((line) => (line.startsWith('igot ') ? names.shift() : line)).join('\n')}`;
  }

  async function askStock(name: string, message: Buffer): Promise<string> {
    const { fixture } = base;
    const heading = `POST / HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-fossil-debug\r\nContent-Length: ${message.length}\r\n\r\n`;
    await writeFile(fixture.path('in'), Buffer.concat([Buffer.from(heading), message]));
    // It fails where it answers 400; what it has written counts.
    await fixture
      .fossil(
        'http',
        '--in',
        fixture.path('in'),
        '--out',
        fixture.path('out'),
        '--ipaddr',
        '127.0.0.1',
        fixture.path(name),
      )
      .catch(() => undefined);
    const reply = await readFile(fixture.path('out'));
    const status = /^HTTP\/1\.\d (\d+)/.exec(reply.toString('latin1'))?.[1];
    return outcomeOf(Number(status), reply.subarray(reply.indexOf('\r\n\r\n') + 4));
  }

  function askOurs(name: string, message: Buffer): string {
    const repository = base.fixture.open(name);
    try {
      const reply = handleXfer(repository, { contentType: 'application/x-fossil-debug', body: message });
      return outcomeOf(reply.status, Buffer.from(reply.body));
    } finally {
      repository.close();
    }
  }

  const CONTENT = `
    SELECT 'blob ' || uuid || (size<0) FROM blob UNION ALL SELECT 'private ' || uuid FROM private JOIN blob USING(rid)
    UNION ALL SELECT 'phantom ' || uuid FROM phantom JOIN blob USING(rid)
    UNION ALL SELECT 'config ' || name || value FROM config WHERE name LIKE 'css%' OR name LIKE 'ci-lock%' OR name LIKE 'sync%'
    UNION ALL SELECT 'uv ' || name || mtime || ifnull(hash, '-') FROM unversioned ORDER BY 1`;

  for (const { name, message, rights, ours, because, keepsOther, isDangling } of CASES) {
    const ending =
      ours === undefined ? 'answered as Fossil does' : `answered our way, because ${because ?? assert.fail(name)}`;
    it(`${name} is ${ending}, and the repository stays whole`, async () => {
      const text = typeof message === 'string' ? replaced(message) : message(replaced);
      const bytes = Buffer.from(text, 'latin1');
      await base.copyTo('ours.fossil');
      const repository = base.fixture.open('ours.fossil');
      repository.transaction(() =>
        repository.db.prepare("UPDATE user SET cap=? WHERE login='nobody'").run(rights ?? 'goiy'),
      );
      repository.close();
      await copyFile(base.fixture.path('ours.fossil'), base.fixture.path('stock.fossil'));
      const stock = await askStock('stock.fossil', bytes);
      const answer = askOurs('ours.fossil', bytes);
      if (ours === undefined && stock.startsWith('400')) assert.match(answer, /^400 /);
      else if (ours === undefined) assert.equal(answer, stock);
      else if (typeof ours === 'string') assert.equal(answer.trimEnd(), ours.trimEnd());
      else assert.match(answer, ours);
      if (ours !== undefined) assert.notEqual(answer, stock, 'there is no difference any more: drop it from the table');
      const [theirs, kept] = [base.column(CONTENT, 'stock.fossil'), base.column(CONTENT, 'ours.fossil')];
      if (keepsOther === true) assert.notDeepEqual(kept, theirs);
      else assert.deepEqual(kept, theirs);
      assert.equal(await base.errorsIn('ours.fossil'), isDangling === true ? await base.errorsIn('stock.fossil') : 0);
    });
  }

  it('never ends the server, whatever it is', () => {
    const flood = (line: string, count: number): Buffer => Buffer.from(line.repeat(count));
    for (const [message, answer] of [
      [Buffer.from(`x${'y'.repeat(10_000_000)}\n${replaced(PULL)}`), /^200 error The other side sent a line/],
      [Buffer.from(`pull x ${'y'.repeat(90_000)}\n`), /^200 error wrong project/],
      [flood('\n', 1_000_001), /^200 error The message holds more than 1000000 cards/],
      [
        Buffer.concat([Buffer.from(replaced(PULL)), flood(`gimme ${NEW}\n`, 100_001)]),
        /^200 error more than 100000 artifacts asked for/,
      ],
      [flood('private\n', 100_000), /^200 /],
    ] as const)
      assert.match(byteTextOf(Buffer.from(askOurs('base.fossil', message), 'latin1')), answer);
  });
});
