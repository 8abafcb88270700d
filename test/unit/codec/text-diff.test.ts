import assert from 'node:assert/strict';
import { diffLines, type LineEdit } from '../../../src/engine/codec/line-diff';
import { diffText, type TextDiffOptions } from '../../../src/engine/codec/text-diff';
import { utf8 } from '../../../src/engine/codec/utf8';
import { forSeeds, type Seeded } from '../../support/seeded';

describe('the difference of two lists of lines', () => {
  it('turns the one into the other, for any lists', () => {
    forSeeds(300, (seeded) => {
      const before = randomLines(seeded);
      const after = seeded.below(2) === 0 ? randomLines(seeded) : edited(seeded, before);
      const edits = diffLines(before, after);
      assert.deepEqual(applied(before, after, edits), after);
      assert.ok(edits.every(({ copied, deleted, inserted }) => copied + deleted + inserted > 0));
    });
  });

  it('changes as few lines as there must be', () => {
    assert.deepEqual(diffLines(['a', 'b', 'c', 'd'], ['a', 'c', 'x', 'd']), [
      { copied: 1, deleted: 1, inserted: 0 },
      { copied: 1, deleted: 0, inserted: 1 },
      { copied: 1, deleted: 0, inserted: 0 },
    ]);
    assert.deepEqual(diffLines([], []), []);
    assert.deepEqual(diffLines([], ['a']), [{ copied: 0, deleted: 0, inserted: 1 }]);
    assert.deepEqual(diffLines(['a'], []), [{ copied: 0, deleted: 1, inserted: 0 }]);
  });

  it('ends within seconds for long texts that have little or nothing in common, and is still right', () => {
    const numbered = (prefix: string): string[] => Array.from({ length: 15_000 }, (_, line) => `${prefix}${line}`);
    const shared = numbered('same ').map((line, at) => (at % 7 === 0 ? line : `before ${at}`));
    const pairs: readonly (readonly [string[], string[]])[] = [
      [numbered('a'), numbered('b')],
      [shared, numbered('same ')],
      [numbered('x').map((_, at) => String(at % 2)), numbered('x').map((_, at) => String(at % 3))],
    ];
    for (const [before, after] of pairs) {
      const started = process.cpuUsage();
      assert.deepEqual(applied(before, after, diffLines(before, after)), after);
      assert.ok(process.cpuUsage(started).user < 10_000_000);
    }
    const kept = diffLines(shared, numbered('same ')).reduce((sum, { copied }) => sum + copied, 0);
    assert.equal(kept, shared.filter((line) => line.startsWith('same ')).length);
  });
});

describe('the difference of two contents', () => {
  const hunks = (
    before: string | Uint8Array,
    after: string | Uint8Array,
    options: TextDiffOptions = {},
  ): string[][] => {
    const diff = diffText(bytes(before), bytes(after), options);
    if (diff.kind !== 'text') throw new Error(`Compared as ${diff.kind}.`);
    return diff.hunks.map((hunk) => [
      `-${hunk.before.line},${hunk.before.count} +${hunk.after.line},${hunk.after.count}`,
      ...hunk.lines,
    ]);
  };

  it('has hunks with context, and joins those whose contexts overlap', () => {
    const lines = Array.from({ length: 12 }, (_, at) => `${at + 1}\n`);
    const after = lines.map((line, at) => (at === 2 || at === 8 ? `changed ${line}` : line));
    assert.deepEqual(hunks(lines.join(''), after.join(''), { context: 1 }), [
      ['-2,3 +2,3', ' 2', '-3', '+changed 3', ' 4'],
      ['-8,3 +8,3', ' 8', '-9', '+changed 9', ' 10'],
    ]);
    assert.equal(hunks(lines.join(''), after.join(''), { context: 3 }).length, 1 + 0);
    assert.deepEqual(hunks(lines.join(''), after.join(''), { context: 0 })[1], ['-9,1 +9,1', '-9', '+changed 9']);
  });

  it('shows what is behind the last change whole when it is shorter than twice the context, as fossil 2.21 does', () => {
    const text = (count: number, first: string): string =>
      [first, ...Array.from({ length: count }, (_, at) => String(at))].join('\n') + '\n';
    for (const [behind, shown] of [
      [3, 3],
      [5, 5],
      [6, 3],
    ] as const) {
      const [hunk = []] = hunks(text(behind, 'a'), text(behind, 'b'), { context: 3 });
      assert.equal(hunk[0], `-1,${1 + shown} +1,${1 + shown}`);
    }
  });

  it('tells an empty side by line 0', () => {
    assert.deepEqual(hunks('', 'a\n'), [['-0,0 +1,1', '+a']]);
    assert.deepEqual(hunks('a\n', ''), [['-1,1 +0,0', '-a']]);
    assert.deepEqual(hunks('', ''), []);
  });

  it('tells where the last line has no line feed', () => {
    const mark = '\\ No newline at end of file';
    assert.deepEqual(hunks('a\nb', 'a\nb\n'), [['-1,2 +1,2', ' a', '-b', mark, '+b']]);
    assert.deepEqual(hunks('a\nb', 'x\nb'), [['-1,2 +1,2', '-a', '+x', ' b', mark]]);
  });

  it('keeps bytes that are no UTF-8, and decodes UTF-16 that says so', () => {
    assert.deepEqual(hunks(Uint8Array.of(0xff, 10), Uint8Array.of(0xe4, 10)), [['-1,1 +1,1', '-\udcff', '+\udce4']]);
    const utf16 = (text: string): Uint8Array => new Uint8Array([0xff, 0xfe, ...Buffer.from(text, 'utf16le')]);
    assert.deepEqual(hunks(utf16('a\nb\n'), utf16('a\nc\n')), [['-1,2 +1,2', ' a', '-b', '+c']]);
  });

  it('is not computed for binary content: a NUL, or a line longer than 32767 bytes', () => {
    assert.deepEqual(diffText(bytes('a\0'), bytes('b')), { kind: 'binary' });
    assert.deepEqual(diffText(bytes('a'), bytes('x'.repeat(32768))), { kind: 'binary' });
    assert.equal(diffText(bytes('a'), bytes('x'.repeat(32767))).kind, 'text');
  });

  it('ignores the white space that it is told to ignore', () => {
    assert.deepEqual(diffText(bytes('a b\n'), bytes('  ab \n'), { ignores: 'all-space' }), { kind: 'whitespace' });
    assert.deepEqual(diffText(bytes('a b\n'), bytes('a b \t\n'), { ignores: 'trailing-space' }), {
      kind: 'whitespace',
    });
    assert.equal(hunks('a b\n', ' a b\n', { ignores: 'trailing-space' }).length, 1);
    assert.deepEqual(hunks('a\r\nb\n', 'a\nb\r\n', { ignoresTrailingCr: true }), []);
    assert.equal(hunks('a\r\n', 'a\n').length, 1);
  });
});

function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? utf8(content) : content;
}

function randomLines(seeded: Seeded): string[] {
  return Array.from({ length: seeded.below(30) }, () => seeded.pick(['a', 'b', 'c', 'd', 'e', 'f']));
}

function edited(seeded: Seeded, lines: readonly string[]): string[] {
  return lines.flatMap((line) => seeded.pick([[line], [line], [line], [], [line, 'new'], ['other']]));
}

function applied(before: readonly string[], after: readonly string[], edits: readonly LineEdit[]): string[] {
  const result: string[] = [];
  let [atBefore, atAfter] = [0, 0];
  for (const { copied, deleted, inserted } of edits) {
    for (const line of before.slice(atBefore, atBefore + copied)) result.push(line);
    for (const line of after.slice(atAfter + copied, atAfter + copied + inserted)) result.push(line);
    atBefore += copied + deleted;
    atAfter += copied + inserted;
  }
  assert.equal(atBefore, before.length);
  return result;
}
