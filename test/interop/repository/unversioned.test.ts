import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../../src/engine/errors';
import type { Hash } from '../../../src/engine/identifiers';
import type { Repository } from '../../../src/engine/repository/repository';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import { utf8, textOf } from '../../../src/engine/codec/utf8';
import { drivers } from '../checkout/fossil-fixture';
import { XferFixture } from '../xfer/xfer-fixture';

const VECTOR = '1f32fa9a076e92e12da28d618b3d7d700158cd10';

for (const driver of drivers) {
  describe(`Unversioned files (${driver})`, () => {
    let fixture: XferFixture;
    beforeEach(async () => {
      fixture = await XferFixture.create(driver);
      await fixture.newRepository('a.fossil');
    });
    afterEach(() => fixture.remove());

    /** Works on the files in one transaction. */
    function withFiles<T>(work: (files: UnversionedFiles, repository: Repository) => T): T {
      const repository = fixture.open('a.fossil');
      try {
        return repository.transaction(() => work(new UnversionedFiles(repository), repository));
      } finally {
        repository.close();
      }
    }

    async function fossilAdd(name: string, content: string | Uint8Array, mtime: string): Promise<void> {
      await mkdir(join(fixture.path(name), '..'), { recursive: true });
      await writeFile(fixture.path(name), content);
      await fixture.fossil('uv', 'add', name, '--mtime', mtime, '-R', fixture.path('a.fossil'));
    }

    const rows = (): Promise<string[]> =>
      fixture.sandbox.sql(
        fixture.path('a.fossil'),
        'SELECT name, mtime, hash, sz, encoding, hex(content) FROM unversioned ORDER BY name;',
      );

    it('are none in a new repository, with the digest of nothing and no table', async () => {
      withFiles((files) => {
        assert.deepEqual(files.list(), []);
        assert.equal(files.content('a'), undefined);
        files.setTime('a', 1);
        files.forget('a');
      });
      const digest = withFiles((files) => files.digest());
      assert.equal(digest, 'da39a3ee5e6b4b0d3255bfef95601890afd80709');
      assert.equal((await fixture.fossil('uv', 'hash', '-R', fixture.path('a.fossil'))).trim(), digest);
    });

    it('that fossil added are read: packed ones, plain ones, an empty one, names in UTF-8', async () => {
      const text = 'all work and no play\n'.repeat(500);
      await fossilAdd('docs/text.txt', text, '2026-01-02 03:04:05');
      await fossilAdd('tiny.bin', Uint8Array.from([0, 255, 7]), '2026-01-02');
      await fossilAdd('leer', '', '2026-01-03');
      await fossilAdd('über.txt', 'ü', '2026-01-04');
      withFiles((files) => {
        assert.deepEqual(
          files.list().map(({ name, mtime, size }) => [name, mtime, size]),
          [
            ['docs/text.txt', 1767323045, text.length],
            ['leer', 1767398400, 0],
            ['tiny.bin', 1767312000, 3],
            ['über.txt', 1767484800, 2],
          ],
        );
        assert.equal(textOf(files.content('docs/text.txt') ?? utf8('')), text);
        assert.deepEqual(files.content('tiny.bin'), Uint8Array.from([0, 255, 7]));
        assert.equal(files.content('leer')?.length, 0);
        const { hash = '' } = files.find('über.txt') ?? {};
        assert.equal(textOf(files.contentOfHash(hash) ?? utf8('')), 'ü');
      });
    });

    it('make the digest that fossil makes, which drops it when they change', async () => {
      await fossilAdd('b', 'one', '2026-01-02');
      await fossilAdd('a', 'two', '2026-01-02');
      await fossilAdd('ä', 'three', '2026-01-02');
      await fixture.fossil('uv', 'rm', 'b', '-R', fixture.path('a.fossil'));
      const ours = withFiles((files) => files.digest());
      assert.equal((await fixture.fossil('uv', 'hash', '--debug', '-R', fixture.path('a.fossil'))).trim().split('\n').at(-1), ours); // prettier-ignore
      withFiles((files) => files.setTime('a', 5));
      const changed = withFiles((files, repository) => {
        assert.equal(repository.config.get('uv-hash'), undefined);
        return files.digest();
      });
      assert.notEqual(changed, ours);
      assert.equal((await fixture.fossil('uv', 'hash', '-R', fixture.path('a.fossil'))).trim(), changed);
    });

    it('have the digest of the reference', () => {
      const hash = '18c0e2283d3b2dd765489b60c671aa317f4f83777e274950286779694a006d1b';
      const digest = withFiles((files) => {
        files.put({ name: 'uv1.txt', mtime: 1795198421, hash: hash as Hash }, utf8(''));
        return files.digest();
      });
      assert.equal(digest, VECTOR);
    });

    it('are written as fossil writes them: the same rows for the same contents', async () => {
      const contents = { 'docs/text.txt': utf8('all work and no play\n'.repeat(500)), 'tiny.bin': Uint8Array.from([0, 255, 7]), leer: utf8('') }; // prettier-ignore
      for (const [name, content] of Object.entries(contents)) await fossilAdd(name, content, '2026-01-02');
      const theirs = await rows();
      withFiles((files) => {
        for (const name of Object.keys(contents)) files.forget(name);
        for (const [name, content] of Object.entries(contents)) files.add(name, content, 1767312000);
      });
      assert.deepEqual(await rows(), theirs);
      assert.equal(
        await fixture.fossil('uv', 'cat', 'tiny.bin', 'leer', '-R', fixture.path('a.fossil')),
        '\0\ufffd\x07',
      );
    });

    it('follow the hash policy of the repository', async () => {
      await fixture.fossil('hash-policy', 'sha1', '-R', fixture.path('a.fossil'));
      withFiles((files) => files.add('a', utf8('hello\n'), 1));
      assert.match((await rows())[0] ?? '', /^a\|1\|f572d396fae9206628714fb2ce00f72e94f2258f\|6\|/);
    });

    it('leave a mark when they are deleted, with which fossil deletes them elsewhere', async () => {
      await fossilAdd('gone', 'text', '2026-01-02');
      withFiles((files) => {
        files.markDeleted('gone', 1767312001);
        assert.deepEqual(files.list(), []);
        assert.deepEqual(files.list({ withDeleted: true }), [{ name: 'gone', mtime: 1767312001, size: 0 }]);
        assert.equal(files.content('gone'), undefined);
      });
      assert.deepEqual(await rows(), ['gone|1767312001||0|0|']);
      assert.match(await fixture.fossil('uv', 'list', '-a', '-R', fixture.path('a.fossil')), /\(deleted\)/);
    });

    it('are found by the patterns that SQLite knows', async () => {
      for (const name of ['a.txt', 'dir/B.txt', 'c.bin']) await fossilAdd(name, name, '2026-01-02');
      withFiles((files) => {
        const names = (filter: Parameters<typeof files.list>[0]): string[] =>
          files.list(filter).map(({ name }) => name);
        assert.deepEqual(names({ glob: '*.txt' }), ['a.txt', 'dir/B.txt']);
        assert.deepEqual(names({ glob: '*b.txt' }), []);
        assert.deepEqual(names({ like: '%b.txt' }), ['dir/B.txt']);
      });
    });

    it('get no name that fossil would refuse', async () => {
      await writeFile(fixture.path('file'), 'x');
      const names = ['', '/etc/passwd', '../up', 'a/../b', './a', 'a//b', 'a/', 'a b', 'a\tb', 'a\\b', 'x'.repeat(501)];
      for (const name of [...names, '\u{1f600}', 'a\ud800']) {
        assert.throws(
          () => withFiles((files) => files.add(name, utf8('x'), 1)),
          (error) => hasCode(error, 'file-name-refused'),
          JSON.stringify(name),
        );
      }
      // The length is limited since 2.23 only.
      for (const name of [...names.filter(({ length }) => length < 500), '\u{1f600}']) {
        const adding = fixture.fossil('uv', 'add', 'file', '--as', name, '-R', fixture.path('a.fossil'));
        await assert.rejects(adding, JSON.stringify(name));
      }
      withFiles((files) => files.add('x'.repeat(500), utf8('x'), 1));
      assert.equal((await rows()).length, 1);
    });
  });
}
