import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byteTextOf } from '../../../src/engine/codec/byte-text';
import { handleXfer } from '../../../src/engine/xfer/server';
import { CardProject, changesBetween, PROJECT } from '../../support/card-project';
import { type CardReply, cardReply } from '../../support/card-reply';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { NEW } from '../../support/hostile-messages';
import { SERVER_ROWS } from '../../unit/xfer/server-rows/all';
import { requestOf, startOf } from '../../unit/xfer/server-rows/row';
import { drivers } from '../checkout/fossil-fixture';
import { withNativeDriver } from '../with-native-driver';

const PULL = `pragma client-version 22100 20230226 192424\npull x ${PROJECT}\n`;

/** What we do is shown by test/unit/xfer/server-cards.test.ts, for all messages of a row. */
withNativeDriver('What a client sends, malformed, oversized, out of order or not', function (this: Mocha.Suite) {
  this.timeout(120_000);
  let project: CardProject;
  let sandbox: FossilSandbox;

  before(async () => {
    sandbox = await FossilSandbox.create();
    project = await CardProject.create(drivers[0]);
  });
  after(async () => {
    await project.remove();
    await sandbox.remove();
  });

  async function askFossil(path: string, message: Uint8Array, keepsVersion: boolean): Promise<CardReply> {
    const [input, output] = [join(project.directory, 'in'), join(project.directory, 'out')];
    const heading = `POST / HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-fossil-debug\r\nContent-Length: ${message.length}\r\n\r\n`;
    await writeFile(input, Buffer.concat([Buffer.from(heading), message]));
    // It fails where it answers 400; what it has written counts.
    await sandbox
      .fossil(['http', '--in', input, '--out', output, '--ipaddr', '127.0.0.1', path])
      .catch(() => undefined);
    const reply = await readFile(output);
    const status = Number(/^HTTP\/1\.\d (\d+)/.exec(reply.toString('latin1'))?.[1]);
    return cardReply(status, reply.subarray(reply.indexOf('\r\n\r\n') + 4), { keepsVersion });
  }

  async function errorsIn(path: string): Promise<number> {
    const report = await sandbox.fossil(['test-integrity', '--quiet', '-R', path]);
    return Number(/ (\d+) errors/.exec(report)?.[1]);
  }

  for (const row of SERVER_ROWS) {
    const { because, changes = [], answer, errors = 0 } = row;
    const ending = because === undefined ? 'as Fossil answers it' : `otherwise than by Fossil, because ${because}`;
    it(`${row.card} ${row.rule}, ${ending}`, async () => {
      const path = await project.copy(startOf(row));
      const before = project.stateIn(path);
      const request = requestOf(row, row.says[0] ?? assert.fail('no message'));
      const stock = await askFossil(path, request.body, row.isBare === true);
      const theirs = { ...stock, changes: changesBetween(before, project.stateIn(path)) };
      const isAlike =
        typeof answer !== 'string'
          ? answer.test(stock.answer) || (stock.answer.startsWith('400') && answer.source.startsWith('^400'))
          : answer.startsWith('400')
            ? stock.answer.startsWith('400')
            : stock.answer === answer;
      const isSame = isAlike && stock.errors === errors && theirs.changes.join('\n') === changes.join('\n');
      if (because === undefined) assert.ok(isSame, JSON.stringify(theirs));
      else assert.ok(!isSame, 'there is no difference any more: say so in the table');
      if (changes.length === 0) return;
      const ours = await project.copy(startOf(row));
      const repository = project.open(ours);
      handleXfer(repository, request);
      repository.close();
      // Fossil counts what waits for its source as an error.
      const isWaiting = changes.some((change) => change.startsWith('+ waiting'));
      assert.equal(await errorsIn(ours), isWaiting ? await errorsIn(path) : 0);
    });
  }

  it('never ends the server, whatever it is', async () => {
    const repository = project.open(await project.copy());
    const flood = (line: string, count: number): Buffer => Buffer.from(line.repeat(count));
    for (const [message, answer] of [
      [Buffer.from(`x${'y'.repeat(10_000_000)}\n${PULL}`), /^error The other side sent a line/],
      [Buffer.from(`pull x ${'f'.repeat(64)}\n`), /^error wrong project/],
      [flood('\n', 1_000_001), /^error The message holds more than 1000000 cards/],
      [
        Buffer.concat([Buffer.from(PULL), flood(`gimme ${NEW}\n`, 100_001)]),
        /^error more than 100000 artifacts asked for/,
      ],
      [flood('private\n', 100_000), /^/],
    ] as const) {
      const reply = handleXfer(repository, { contentType: 'application/x-fossil-debug', body: message });
      assert.equal(reply.status, 200);
      assert.match(byteTextOf(reply.body).replaceAll('\\s', ' '), answer);
    }
    repository.close();
  });
});
