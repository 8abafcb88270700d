import assert from 'node:assert/strict';
import { ageInWords } from '../../../src/vscode/interaction/age';
import { english } from './english';

const now = Date.UTC(2026, 10, 21, 12);
const minute = 60_000;
const day = 24 * 60 * minute;

describe('the age of a check-in', () => {
  const cases: [number, string][] = [
    [-minute, 'just now'],
    [59_999, 'just now'],
    [minute, '1 minute ago'],
    [59 * minute, '59 minutes ago'],
    [60 * minute, '1 hour ago'],
    [day, '1 day ago'],
    [29 * day, '29 days ago'],
    [31 * day, '1 month ago'],
    [364 * day, '12 months ago'],
    [800 * day, '2 years ago'],
  ];
  for (const [age, words] of cases) {
    it(`of ${age} ms is "${words}"`, () => {
      assert.equal(ageInWords(now - age, now, english), words);
    });
  }
});
