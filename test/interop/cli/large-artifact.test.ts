import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

/** `npm run huge` takes files of 600 MB through the same. */
for (const driver of drivers) {
  describe(`an artifact that is large, with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let line: CommandLine;
    let server: FossilServer;
    let root: string;
    const larger = 'x'.repeat(100_000);
    before(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
      root = await fixture.fossilOpen();
      await fixture.fossilCommit(root, 'a large file', { 'large.txt': larger });
      server = await startFossilServer(fixture.repository);
    });
    after(async () => {
      await server.stop();
      await line.remove();
      await fixture.remove();
    });

    const withLimit = (megabytes: number): { variables: Record<string, string> } => ({
      variables: { TRILOBITE_LARGEST_ARTIFACT: String(megabytes) },
    });

    it('is not accepted from a server beyond the limit that the user has set, which the refusal tells of', async () => {
      const { exitCode, complaints } = await line.run(['clone', server.url, 'refused.fossil'], withLimit(0.05));
      assert.equal(exitCode, 1);
      assert.match(
        complaints,
        /an artifact of 100000 bytes; more than 50000 bytes are not accepted\. Set .*LARGEST_ARTIFACT/,
      );
      assert.deepEqual(
        (await fs.readdir(line.directory)).filter((name) => name.startsWith('refused')),
        [],
      );
    });

    it('is accepted up to that limit, by a clone and by a pull', async () => {
      await line.succeed(['clone', server.url, 'cloned.fossil'], withLimit(0.1));
      assert.equal(await line.succeed(['cat', 'large.txt', '-R', 'cloned.fossil']), larger);
      await fixture.fossilCommit(root, 'a larger one', { 'larger.txt': `${larger}y` });
      const refused = await line.run(['pull', '-R', 'cloned.fossil'], withLimit(0.1));
      assert.match(refused.complaints, /100001 bytes; more than 100000 bytes are not accepted/);
      await line.succeed(['pull', '-R', 'cloned.fossil'], withLimit(0.2));
      assert.equal(await line.succeed(['cat', 'larger.txt', '-R', 'cloned.fossil']), `${larger}y`);
    });

    it('is not committed when no repository can hold it, and what else there is stays as it was', async () => {
      const at = { directory: line.path('mine') };
      await line.succeed(['init', 'mine.fossil']);
      await fs.mkdir(at.directory);
      await line.succeed(['open', '../mine.fossil'], at);
      await fs.writeFile(line.path('mine', 'huge.bin'), '');
      // A file of holes: it takes no room.
      await fs.truncate(line.path('mine', 'huge.bin'), 1_000_000_001);
      await line.succeed(['add', 'huge.bin'], at);
      const { exitCode, complaints } = await line.run(['commit', '-m', 'too much'], at);
      assert.equal(exitCode, 1);
      assert.match(
        complaints,
        /^"huge\.bin" cannot be committed: it has 1000000001 bytes, and a repository holds at most 1000000000/,
      );
      assert.match(await line.succeed(['status'], at), /huge\.bin/);
      assert.match(await line.succeed(['timeline', '-n', '0'], at), /end of timeline \(1\)/);
    });
  });
}
