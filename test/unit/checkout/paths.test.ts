import * as assert from 'node:assert/strict';
import {
  directoriesAbove,
  joinPath,
  parentDirectory,
  pathWithin,
  resolvePath,
} from '../../../src/engine/checkout/paths';

const posix = { platform: 'posix' } as const;
const windows = { platform: 'win32' } as const;

describe('Paths of a checkout', () => {
  it('are resolved against a base', () => {
    assert.equal(resolvePath(posix, '/home/me/work', '../project.fossil'), '/home/me/project.fossil');
    assert.equal(resolvePath(posix, '/home/me', '/srv//x/./y/'), '/srv/x/y');
    assert.equal(resolvePath(posix, '/', '../..'), '/');
    assert.equal(resolvePath(windows, 'C:\\work\\it', '../p.fossil'), 'C:\\work\\p.fossil');
    assert.equal(resolvePath(windows, 'C:\\work', 'D:/x/../y'), 'D:\\y');
    assert.equal(resolvePath(windows, 'C:\\work', '\\\\server\\share\\x'), '\\\\server\\share\\x');
  });

  it('are joined in the form of the system', () => {
    assert.equal(joinPath(posix, '/root', 'a/b'), '/root/a/b');
    assert.equal(joinPath(posix, '/', 'a'), '/a');
    assert.equal(joinPath(windows, 'C:\\root', 'a/b'), 'C:\\root\\a\\b');
  });

  it('have a directory above them until the top', () => {
    assert.equal(parentDirectory(posix, '/a/b'), '/a');
    assert.equal(parentDirectory(posix, '/a'), '/');
    assert.equal(parentDirectory(posix, '/'), undefined);
    assert.equal(parentDirectory(windows, 'C:\\a'), 'C:\\');
    assert.equal(parentDirectory(windows, 'C:\\'), undefined);
  });

  it('are told inside a root or outside of it', () => {
    assert.equal(pathWithin(posix, '/root', '/root/a/b'), 'a/b');
    assert.equal(pathWithin(posix, '/root', '/root'), '');
    assert.equal(pathWithin(posix, '/root', '/rooted/a'), undefined);
    assert.equal(pathWithin(posix, '/root', '/ROOT/a'), undefined);
    assert.equal(pathWithin(windows, 'C:\\Root', 'c:\\root\\a\\b'), 'a/b');
  });

  it('name the directories above a file, nearest first', () => {
    assert.deepEqual(directoriesAbove('a/b/c.txt'), ['a/b', 'a']);
    assert.deepEqual(directoriesAbove('c.txt'), []);
  });
});
