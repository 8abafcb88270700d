import assert from 'node:assert/strict';
import { byteTextOf } from '../../../src/engine/codec/byte-text';
import { compareBytes } from '../../../src/engine/codec/utf8';
import { FileList, type ListedFile } from '../../../src/engine/git/file-list';
import type { Hash } from '../../../src/engine/identifiers';
import { forSeeds, type Seeded } from '../../support/seeded';

describe('the list of files of a check-in', () => {
  it('holds what a plain map holds after any changes, and the lists before stay as they were', () => {
    forSeeds(60, (random) => {
      let list = FileList.empty;
      const files = new Map<string, ListedFile>();
      for (let round = 0; round < 12; round++) {
        const before = [...list.files()];
        const editor = list.edit();
        for (let i = random.below(60); i > 0; i--) change(random, editor, files);
        const next = editor.finish();
        assert.deepEqual([...list.files()], before);
        list = next;
        const expected = [...files.values()].sort((a, b) => compareBytes(a.name, b.name));
        assert.deepEqual([...list.files()], expected);
        assert.deepEqual([...FileList.of(expected).files()], expected);
        assert.equal(cardsOf(list), cardsOf(FileList.of(expected)));
        for (const file of expected) assert.equal(list.get(file.name), file);
      }
    });
  });

  it('shares the blocks that a change does not touch', () => {
    const files = Array.from({ length: 1000 }, (_, i) => fileOf(`f${String(i).padStart(4, '0')}`, i));
    const list = FileList.of(files);
    const editor = list.edit();
    editor.set(fileOf('f0500', 1));
    const next = editor.finish();
    const shared = next.blocks.filter((block) => list.blocks.includes(block));
    assert.equal(shared.length, list.blocks.length - 1);
  });

  it('writes F-cards', () => {
    const editor = FileList.empty.edit();
    editor.set({ ...fileOf('tool 1', 1), permission: 'executable' });
    editor.set({ ...fileOf('link', 2), permission: 'symlink' });
    editor.set(fileOf('é', 3));
    assert.equal(cardsOf(editor.finish()), `F link ${hashOf(2)} l\nF tool\\s1 ${hashOf(1)} x\nF é ${hashOf(3)}\n`);
  });
});

type Editor = ReturnType<FileList['edit']>;

function change(random: Seeded, editor: Editor, files: Map<string, ListedFile>): void {
  const parts = ['a', 'b', 'a-', 'a0', 'é', '\u{1F600}', '\uFF5E'];
  const path = Array.from({ length: 1 + random.below(3) }, () => random.pick(parts) + random.pick(['', '1', '2'])).join(
    '/',
  );
  const below = [...files.keys()].filter((name) => name.startsWith(`${path}/`));
  switch (random.below(8)) {
    case 0:
      editor.delete(path);
      for (const name of [path, ...below]) files.delete(name);
      break;
    case 1:
      assert.deepEqual(
        editor.at(path).map(({ name }) => name),
        files.has(path) ? [path] : below.sort(compareBytes),
      );
      break;
    case 2:
      if (random.below(40) > 0) return;
      editor.deleteAll();
      files.clear();
      break;
    default: {
      const file = fileOf(path, random.below(100));
      editor.set(file);
      for (const name of below) files.delete(name);
      const parents = path.split('/').map((_, depth, all) => all.slice(0, depth).join('/'));
      for (const parent of parents) files.delete(parent);
      files.set(path, file);
    }
  }
}

function fileOf(name: string, number: number): ListedFile {
  return { name, hash: hashOf(number), permission: 'regular' };
}

function hashOf(number: number): Hash {
  return String(number).padStart(64, '0') as Hash;
}

function cardsOf(list: FileList): string {
  return list.blocks.map((block) => byteTextOf(block.cards)).join('');
}
