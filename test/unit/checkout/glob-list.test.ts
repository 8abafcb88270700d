import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { GlobList, splitGlobs } from '../../../src/engine/checkout/glob-list';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Database } from '../../../src/engine/platform/sqlite';

describe('Glob lists of Fossil settings', () => {
  it('are separated by commas and white space, and may be quoted', () => {
    assert.deepEqual(splitGlobs(`*.o,*.a  build/*\n"with space" 'a,b'\tlast`), [
      '*.o',
      '*.a',
      'build/*',
      'with space',
      'a,b',
      'last',
    ]);
    assert.deepEqual(splitGlobs(' ,\n '), []);
    assert.deepEqual(splitGlobs('"unclosed one'), ['unclosed one']);
  });

  const cases: [glob: string, file: string, matches: boolean][] = [
    ['*.o', 'deep/er/x.o', true],
    ['*.o', 'x.oo', false],
    ['x?z', 'x/z', true],
    ['x?z', 'xyyz', false],
    ['build/', 'build/', true],
    ['[abc].txt', 'b.txt', true],
    ['[^abc].txt', 'b.txt', false],
    ['[^abc].txt', 'd.txt', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'Bx', false],
    ['[]]x', ']x', true],
    ['[^]]x', ']x', false],
    ['[a-]x', '-x', true],
    ['[c-a]x', 'bx', false],
    ['[abc', 'a', false],
    ['a.b', 'axb', false],
    ['a+(b)|c$', 'a+(b)|c$', true],
    ['*ü*', 'größe/über', true],
    ['?', '😀', true],
    ['Case', 'case', false],
    ['*\\*', 'a\\b', true],
    ['line*end', 'line\nend', true],
  ];

  let directory: string;
  let db: Database;
  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-glob-'));
    const environment = await createNodeEnvironment({ homeDirectory: directory, variables: {} });
    db = environment.sqlite.open(path.join(directory, 'empty.db'), { mode: 'create', isPrivate: true });
  });
  after(async () => {
    db.close();
    await fs.rm(directory, { recursive: true });
  });

  for (const [glob, file, matches] of cases) {
    it(`${JSON.stringify(glob)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(file)}, as in SQLite`, () => {
      assert.equal(new GlobList(`"${glob}"`).matches(file), matches);
      assert.equal(db.prepare('SELECT ? GLOB ? AS matches').get(file, glob)?.['matches'], Number(matches));
    });
  }

  it('that are empty match nothing', () => {
    assert.ok(new GlobList('').isEmpty);
    assert.ok(!new GlobList('').matches(''));
  });
});
