import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { sideBySideRows, sideBySideTitle } from '../../../src/cli/side-by-side';
import { bytesOfText } from '../../../src/engine/codec/byte-text';
import { diffText, type TextDiffOptions } from '../../../src/engine/codec/text-diff';
import { Seeded } from '../../support/seeded';

const WORDS = [
  'if',
  'else',
  'return',
  'count',
  'begin',
  'end',
  'naïve',
  'Ärger',
  '漢字',
  '{',
  '}',
  '+',
  '(',
  ')',
  'file',
  'path',
];

describe('two columns of text', () => {
  let directory: string;
  before(async () => {
    directory = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-columns-')));
  });
  after(() => fs.rm(directory, { recursive: true, force: true }));

  /** What Fossil prints of two files, and what we do. */
  const both = async (
    before: string | Uint8Array,
    after: string | Uint8Array,
    width: number,
    { options = {}, args = [] }: { options?: TextDiffOptions; args?: string[] } = {},
  ): Promise<{ fossil: string; ours: string }> => {
    await fs.writeFile(`${directory}/a`, before);
    await fs.writeFile(`${directory}/b`, after);
    const [a, b] = [await fs.readFile(`${directory}/a`), await fs.readFile(`${directory}/b`)];
    const fossil = execFileSync('fossil', ['xdiff', '-i', '-y', '-W', String(width), ...args, 'a', 'b'], {
      cwd: directory,
      encoding: 'utf8',
      env: { ...process.env, HOME: directory, USER: 'ann' },
    });
    const diff = diffText(a, b, { ...options, withPairs: true });
    assert.ok(diff.kind === 'text');
    const rows = sideBySideTitle('a', 'b', width) + sideBySideRows(diff.hunks, width);
    return { fossil, ours: Buffer.from(bytesOfText(rows)).toString('utf8') };
  };

  it('are those that fossil prints, for any changes and contexts', async () => {
    const seeded = new Seeded(7);
    const seen = { '<': 0, '>': 0, '|': 0, '.': 0 };
    for (let round = 0; round < 25; round++) {
      const [before, after] = changedTexts(seeded, seeded.pick([8, 30, 90, 250]));
      const context = seeded.pick([0, 1, 2, 5]);
      const choice = { args: ['-c', String(context)], options: { context } };
      const { fossil, ours } = await both(before, after, 200, choice);
      assert.equal(ours, fossil, `seed 7, round ${round}, context ${context}`);
      for (const row of ours.split('\n')) {
        const sign = row.startsWith('.') ? '.' : row.charAt(208);
        if (sign === '<' || sign === '>' || sign === '|' || sign === '.') seen[sign]++;
      }
    }
    assert.ok(Math.min(...Object.values(seen)) >= 20, JSON.stringify(seen));
  });

  it('find the partners of lines in stretches too large for the exact search', async () => {
    const lines = (prefix: string, count: number): string[] =>
      Array.from({ length: count }, (_, at) => `${prefix}${WORDS[at % 7]} ${at} of ${WORDS[at % 5]} ${at * 37}`);
    const texts: readonly (readonly [string[], string[]])[] = [
      // Alike, and shifted.
      [lines('the ', 70), ['new 1', 'new 2', ...lines('The ', 64)]],
      // White space alone differs in a long run.
      [
        [...lines('x ', 30), ...lines('call ', 12)],
        [...lines('    call ', 12), ...lines('y', 40)],
      ],
      // Nothing in common.
      [Array.from({ length: 60 }, (_, at) => '#'.repeat(at % 9)), Array.from({ length: 55 }, (_, at) => `${at}`)],
    ];
    for (const [before, after] of texts) {
      const { fossil, ours } = await both(`${before.join('\n')}\n`, `${after.join('\n')}\n`, 60);
      assert.equal(ours, fossil);
    }
  });

  it('pay no heed to white space, carriage returns, byte-order marks and the last line feed as fossil does', async () => {
    const lines = Array.from({ length: 20 }, (_, at) => `  line  ${at} of it`);
    const text = lines.join('\n');
    const spaced = lines.map((line, at) => (at === 9 ? 'other' : line.replaceAll(' ', at % 3 === 0 ? '\t' : '  ')));
    const cases: readonly [string, string, TextDiffOptions, string[]][] = [
      [text, spaced.join('\n'), { ignores: 'all-space' }, ['-w']],
      [
        text,
        lines.map((line, at) => (at === 9 ? 'other' : `${line} `)).join('\n'),
        { ignores: 'trailing-space' },
        ['-Z'],
      ],
      [
        text,
        text.replace('line  3', 'x').replaceAll('\n', '\r\n'),
        { ignoresTrailingCr: true },
        ['--strip-trailing-cr'],
      ],
      [`\uFEFF${text}`, `${text.replace('line  3', 'x')}\n`, {}, []],
      ['', 'a\nb\n', {}, []],
      ['a\nb', '', {}, []],
    ];
    for (const [before, after, options, args] of cases) {
      const { fossil, ours } = await both(before, after, 24, { options, args });
      assert.equal(ours, fossil, args.join());
    }
  });

  it('cut long lines at the width, but no character in two', async () => {
    const { fossil, ours } = await both('abcdefghij\nk\n', 'abcdefghiJ\nk\n', 8);
    assert.equal(ours, fossil);
    const wide = await both('日本語の文\nk\n', '日本語の字\nk\n', 4);
    assert.ok(wide.ours.includes('     1 日本語の |      1 日本語の\n     2 k           2 k\n'), wide.ours);
    assert.equal(wide.ours.replaceAll('の', ''), wide.fossil.replaceAll('\uFFFD', ''));
    const broken = await both(Uint8Array.of(0x61, 0xff, 0x0a), Uint8Array.of(0x61, 0xfe, 0x0a), 20);
    assert.equal(broken.ours, broken.fossil);
  });
});

/** Two texts whose common lines are those that were left alone: no line is twice in one, so that there is one shortest difference. */
function changedTexts(seeded: Seeded, count: number): [string, string] {
  let serial = 0;
  const line = (): string => {
    const words = Array.from({ length: 1 + seeded.below(9) }, () => seeded.pick(WORDS));
    return `${' '.repeat(2 * seeded.below(4))}${words.join(' ')} ${++serial}`;
  };
  const changed = (text: string): string =>
    seeded.pick([() => `  ${text}`, () => text.replace(' ', ` ${seeded.pick(WORDS)}${++serial} `), line])();
  const before = Array.from({ length: count }, line);
  const rate = seeded.pick([4, 8, 30]);
  let indented = 0;
  const after = before.flatMap((text) => {
    if (indented-- > 0) return [`    ${text}`];
    if (seeded.below(rate) > 0) return [text];
    if (seeded.below(6) === 0) indented = seeded.below(12);
    return seeded.pick([[changed(text)], [changed(text)], [], [text, line()], [line(), line(), changed(text)]]);
  });
  return [`${before.join('\n')}\n`, `${after.join('\n')}\n`];
}
