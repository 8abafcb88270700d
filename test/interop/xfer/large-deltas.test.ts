import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { artifactCard } from '../../../src/engine/xfer/send-artifact';
import { serveRepository } from '../../../src/engine/operations/serve';
import type { Rid } from '../../../src/engine/identifiers';
import { FossilCheckout } from './fossil-checkout';
import { XferFixture } from './xfer-fixture';

/** More than what is compared whatever it is. */
const LARGE = 17 * 1024 * 1024;
/** Bytes on the wire that a version may take which differs in a line. */
const SHORT = 20_000;

describe('A large file', function () {
  this.timeout(60_000);
  let fixture: XferFixture;
  const first = noise(1);
  const second = Buffer.concat([Buffer.from('one line more\n'), first]);

  before(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('project.fossil');
    const checkout = await FossilCheckout.open(fixture, 'project.fossil');
    await checkout.commit('first', { 'large.bin': first });
    for (const name of ['server', 'ours', 'theirs']) {
      await copyFile(fixture.path('project.fossil'), fixture.path(`${name}.fossil`));
    }
    await fixture.sandbox.sql(fixture.path('server.fossil'), "UPDATE user SET cap='gio' WHERE login='nobody';");
    await fixture.sandbox.sql(fixture.path('project.fossil'), 'DELETE FROM unsent;');
    await checkout.commit('second', { 'large.bin': second });
  });
  after(() => fixture.remove());

  it('travels as a delta of the version before: pushed by ours, pulled by ours and by fossil from ours', async () => {
    const repository = fixture.open('server.fossil');
    const server = await serveRepository(repository, { port: 0 });
    try {
      await fixture.sync(server.url, 'ours.fossil', { pull: true, push: false });
      const pushed = await fixture.sync(server.url, 'project.fossil', { pull: false, push: true });
      assert.equal(pushed.sent, 2);
      assert.ok(pushed.bytesSent < SHORT, `${pushed.bytesSent} bytes pushed`);
      const pulled = await fixture.sync(server.url, 'ours.fossil', { pull: true, push: false });
      assert.equal(pulled.received, 2);
      assert.ok(pulled.bytesReceived < SHORT, `${pulled.bytesReceived} bytes pulled`);
      const said = await fixture.fossil('pull', server.url, '--once', '-R', fixture.path('theirs.fossil'));
      const received = Number(/received: (\d+)/.exec(said.replaceAll(',', ''))?.[1]);
      assert.ok(received < SHORT, said);
    } finally {
      await server.close();
      repository.close();
    }
    for (const name of ['server', 'ours', 'theirs']) {
      const check = await fixture.fossil('test-integrity', '--quiet', '-R', fixture.path(`${name}.fossil`));
      assert.match(check, / 0 errors/, name);
    }
    assert.deepEqual(await fixture.artifacts('theirs.fossil'), await fixture.artifacts('project.fossil'));
  });

  it('travels as it is stored where that is as a delta of the version before, and whole where it is asked for so', () => {
    const repository = fixture.open('project.fossil');
    try {
      const { db, blobs } = repository;
      const [newer, older] = newestPair();
      const made = artifactCard(repository, newer);
      assert.equal(made.source, blobs.hash(older));
      assert.ok(made.payload.length < SHORT);
      repository.transaction(() => {
        blobs.expand(older);
        assert.ok(blobs.deltify(newer, [older]) > 0);
      });
      const stored = artifactCard(repository, newer);
      assert.deepEqual(stored, made);
      assert.equal(artifactCard(repository, older).payload.length, LARGE, 'the first is a version of nothing');
      assert.equal(artifactCard(repository, newer, { isWhole: true }).payload.length, second.length);

      function newestPair(): [Rid, Rid] {
        const row = db.prepare('SELECT fid, pid FROM mlink WHERE pid>0').get<{ fid: Rid; pid: Rid }>();
        return row === undefined ? assert.fail() : [row.fid, row.pid];
      }
    } finally {
      repository.close();
    }
  });
});

/** Bytes that cannot be compressed. */
function noise(number: number): Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, number), Buffer.alloc(16));
  return new Uint8Array(cipher.update(Buffer.alloc(LARGE)));
}
