import * as assert from 'node:assert/strict';
import { isSimplePath } from '../../../src/engine/artifact/file-name';
import { isAddableName, isReservedName, isWritableName } from '../../../src/engine/checkout/file-name';
import { hasMergeMarker } from '../../../src/engine/checkout/merge-marker';

describe('Names of managed files', () => {
  for (const name of ['.fslckout', '_FOSSIL_', '_fossil_-wal', 'sub/.fslckout-journal', 'a/b/_FOSSIL_', '.fos-shm']) {
    it(`${name} is Fossil's own`, () => assert.ok(isReservedName(name)));
  }

  for (const name of ['fslckout', '.fslckout2', 'x_FOSSIL_', '.fslckout/inside', 'sub/.fos']) {
    it(`${name} is the user's`, () => assert.ok(!isReservedName(name)));
  }

  for (const name of ['', '/', '/abs', 'a//b', 'a/', './a', 'a/..', '..', 'a/./b']) {
    it(`${JSON.stringify(name)} is no plain path`, () => assert.ok(!isSimplePath(name)));
  }

  it('have only characters that Fossil allows', () => {
    for (const name of ['a b', 'größe/日本.txt', 'tab\t', "quote'", '..hidden', '\u{f900}'])
      assert.ok(isAddableName(name), name);
    for (const name of [
      'back\\slash',
      '😀',
      '\u{e000}',
      '\u{fdd0}',
      '\u{ffff}',
      '\ud800',
      'nul',
      'sub/COM1.txt',
      'a\0b',
    ]) {
      assert.ok(!isAddableName(name), JSON.stringify(name));
    }
  });
});

describe('Names that a version may bring', () => {
  const everywhere = ['a', 'größe/日本.txt', '😀', '..hidden', 'a b', '~', 'x~1'];
  const onPosix = [
    'back\\slash',
    '..\\..\\out',
    'C:\\x',
    'c:x',
    'file:stream',
    'con',
    'sub/NUL.txt',
    'dot.',
    'sp ',
    'a?',
    'FSLCKO~1',
  ];
  const nowhere = ['../a', '/a', '', 'a//b', '.fslckout', 'sub/_FOSSIL_', 'bad\udcff', 'a\0b'];

  it('are written where they lead to a file below the root', () => {
    for (const name of everywhere) {
      assert.ok(isWritableName('posix', name), name);
      assert.ok(isWritableName('win32', name), name);
    }
    for (const name of onPosix) {
      assert.ok(isWritableName('posix', name), name);
      assert.ok(!isWritableName('win32', name), name);
    }
    for (const name of nowhere) {
      assert.ok(!isWritableName('posix', name), JSON.stringify(name));
      assert.ok(!isWritableName('win32', name), JSON.stringify(name));
    }
  });
});

describe('Merge conflict markers', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const marker = '======= MERGED IN content follows ===============================';

  it('count at the start of a line, whatever ends the line before', () => {
    assert.ok(hasMergeMarker(bytes(marker)));
    assert.ok(hasMergeMarker(bytes(`x\n${marker} (line 12)\r\n`)));
    assert.ok(hasMergeMarker(bytes(`x\r\n\r\n${marker}\n`)));
  });

  it('do not count within a line, cut short, or in nothing', () => {
    assert.ok(!hasMergeMarker(bytes(` ${marker}\n`)));
    assert.ok(!hasMergeMarker(bytes(`${marker.slice(0, -1)}\n`)));
    assert.ok(!hasMergeMarker(bytes('')));
    assert.ok(!hasMergeMarker(bytes('<<<<<<<\n=======\n>>>>>>>\n')));
  });
});
