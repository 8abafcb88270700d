import assert from 'node:assert/strict';
import { foldComment } from '../../../src/cli/fold-comment';

describe('a comment on the terminal', () => {
  it('has its white space made single, and no fold where there is no width', () => {
    assert.equal(foldComment('  one\n\ttwo   three ', 9, 0), 'one two three ');
    assert.equal(foldComment('', 9, 0), '');
    assert.equal(foldComment('one two', 9, 9), 'one two', 'where the terminal is no wider than the indent');
  });

  it('is folded at spaces and behind hyphens, the lines after the first indented', () => {
    assert.equal(foldComment('aaaa bbbb cccc', 2, 12), 'aaaa bbbb\n  cccc');
    assert.equal(foldComment('aaaa bb-bbbbbb', 2, 12), 'aaaa bb-\n  bbbbbb');
  });

  it('is cut within a word that is longer than a line, by characters, not bytes', () => {
    assert.equal(foldComment('äöüäöüäöü', 1, 5), 'äöüä\n öüäö\n ü');
  });
});
