import assert from 'node:assert/strict';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

const PAIRS = 150;

/** Two versions of a file that are hard to compare: lines that are there many times, moved, indented anew. */
function harshPair(seeded: Seeded): [string, string] {
  const words = 2 + seeded.below(12);
  const line = (): string => {
    const indent = ' '.repeat(2 * seeded.below(3));
    const body = ['}', '{', '', `word ${seeded.below(words)}`, `größe ${seeded.below(words)} of it`, 'return;'];
    return indent + (body[seeded.below(body.length)] ?? '');
  };
  const before = Array.from({ length: seeded.below(90) }, line);
  const after = [...before];
  for (let edits = 1 + seeded.below(12); edits > 0; edits--) {
    const at = seeded.below(after.length + 1);
    const block = after.slice(at, at + seeded.below(9));
    const changes = [
      () => after.splice(at, seeded.below(6)),
      () => after.splice(at, 0, ...Array.from({ length: 1 + seeded.below(6) }, line)),
      () => after.splice(at, block.length, ...block.map((one) => `  ${one}`)),
      () => after.splice(seeded.below(after.length + 1), 0, ...block),
      () => after.splice(at, block.length, ...block.reverse()),
    ];
    changes[seeded.below(changes.length)]?.();
  }
  return [textOf(before), textOf(after)];
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

for (const driver of drivers) {
  describe(`the differences of files that are hard to compare, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    let line: CommandLine;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
    });
    after(async () => {
      await line.remove();
      await fixture.remove();
    });

    it('are those that fossil finds, hunk by hunk', async () => {
      const seeded = new Seeded(20_261_122);
      const pairs = Array.from({ length: PAIRS }, () => harshPair(seeded));
      const root = await fixture.fossilOpen();
      for (const side of [0, 1] as const) {
        const files = pairs.map((pair, index) => [`${String(index).padStart(4, '0')}.txt`, pair[side]] as const);
        await fixture.fossilCommit(root, `side ${side}`, Object.fromEntries(files));
      }
      for (const options of [[], ['-y'], ['-w'], ['-Z', '-c', '1']]) {
        const args = ['diff', '--from', 'prev', '--to', 'current', ...options];
        const [ours, theirs] = [
          await line.succeed(args, { directory: root }),
          await fixture.fossil(root, ...args, '--internal'),
        ].map((text) => text.split(/^(?=Index: |=+ \d+\.txt =)/m));
        assert.ok(ours !== undefined && theirs !== undefined && theirs.length > PAIRS / 2);
        const other = theirs.filter((part, index) => part !== ours[index]);
        assert.equal(
          other.length,
          0,
          `${options.join(' ')}: ${other.length} of ${theirs.length}, first:\n${other[0] ?? ''}`,
        );
      }
    });
  });
}
