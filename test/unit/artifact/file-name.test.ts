import assert from 'node:assert/strict';
import { isAddablePath, isReservedName, isSimplePath } from '../../../src/engine/artifact/file-name';

describe('isSimplePath', () => {
  it('takes relative paths of ordinary components', () => {
    for (const name of ['a', '.a', '..a', 'a.', 'a/.b', 'a/..b/c', '...', 'a b\\c', 'a\nb', 'é/😀']) {
      assert.ok(isSimplePath(name), name);
    }
  });

  it('refuses empty, . and .. components and slashes at the ends', () => {
    for (const name of ['', '/', '/a', 'a/', 'a//b', '.', '..', './a', '../a', 'a/.', 'a/..', 'a/./b', 'a/../b']) {
      assert.ok(!isSimplePath(name), name);
    }
  });
});

describe('isReservedName', () => {
  it('knows the checkout databases and their journals in any directory and case', () => {
    for (const name of [
      '_FOSSIL_',
      '_fossil_-WAL',
      '.fslckout',
      'a/.FSLCKOUT',
      'a/b/_FOSSIL_-journal',
      '.fslckout-shm',
    ]) {
      assert.ok(isReservedName(name), name);
    }
  });

  it('leaves others alone', () => {
    for (const name of [
      'FOSSIL',
      'x_FOSSIL_',
      'x.fslckout',
      '.fslckout/a',
      '.fslckout-wa',
      '_FOSSIL_-',
      '_foſſil_',
      'a.txt',
      '',
    ]) {
      assert.ok(!isReservedName(name), name);
    }
  });

  it('reserves whatever ends in a journal of theirs, as Fossil does', () => {
    assert.ok(isReservedName('x_FOSSIL_-wal'));
    assert.ok(isReservedName('x.fslckout-journal'));
  });
});

describe('isAddablePath', () => {
  it('takes what every platform can hold', () => {
    for (const name of ['a b', 'é', '\uD7FF', '\uFDF0', '\uFFFD']) assert.ok(isAddablePath(name), name);
  });

  it('refuses what manifests may hold but no new file should be called', () => {
    for (const name of [
      'a\\b',
      '😀',
      '\uD800',
      '\uDC80',
      '\uE000',
      '\uF8FF',
      '\uFDD0',
      '\uFDEF',
      '\uFFFE',
      '\uFFFF',
      'a\0',
      '../a',
    ]) {
      assert.ok(!isAddablePath(name), JSON.stringify(name));
    }
  });
});
