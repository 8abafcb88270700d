import assert from 'node:assert/strict';
import { unifySpelling } from '../../../src/cli/option-spelling';

const OPTIONS = {
  limit: { type: 'string', short: 'n' },
  ci: { type: 'string' },
  all: { type: 'boolean', short: 'a' },
} as const;

describe('the spelling of options', () => {
  const cases: readonly (readonly [string[], string[]])[] = [
    [
      ['-limit', '5', '-all'],
      ['--limit', '5', '--all'],
    ],
    [
      ['-ci', 'trunk', '-limit=3'],
      ['--ci', 'trunk', '--limit=3'],
    ],
    [['-n', '-5'], ['-n-5']],
    [['--limit', '-5'], ['--limit=-5']],
    [
      ['-a', '-5', '-x', 'name', '-'],
      ['-a', '-5', '-x', 'name', '-'],
    ],
    [
      ['--', '-limit', '-n', '-5'],
      ['--', '-limit', '-n', '-5'],
    ],
  ];
  for (const [given, unified] of cases) {
    it(`takes ${given.join(' ')} for ${unified.join(' ')}`, () => {
      assert.deepEqual(unifySpelling(given, OPTIONS), unified);
    });
  }
});
