import assert from 'node:assert/strict';
import { type Fork, forksInWords } from '../../../src/engine/operations/forks';

describe('Forks in words', () => {
  const fork = (branch: string, leaves: number): Fork => ({
    branch,
    leaves: Array.from({ length: leaves }, (_, at) => `${branch}${at}`.padEnd(40, '0')),
  });
  const said = (...forks: Fork[]): string => forksInWords(forks, (hash) => hash.slice(0, 2)).join('. ');

  it('name each leaf where they are few', () => {
    assert.equal(said(), '');
    assert.equal(
      said(fork('a', 2), fork('b', 3)),
      'Branch a has 2 open leaves now (a0, a1): merge them. Branch b has 3 open leaves now (b0, b1, b2): merge them',
    );
  });

  it('stay short however many there are', () => {
    assert.equal(said(fork('a', 40)), 'Branch a has 40 open leaves now (a0, a1, a2 …): merge them');
    const many = (branches: string): string => said(...Array.from(branches, (branch) => fork(branch, 2)));
    assert.match(
      many('abcdefgh'),
      /^Branch a .*Branch c has 2 [^.]*\. So have 5 others: "trilobite leaves --multiple" lists them$/,
    );
    assert.match(many('abcd'), /\. So has 1 other: "trilobite leaves --multiple" lists it$/);
  });
});
