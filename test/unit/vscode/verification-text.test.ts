import assert from 'node:assert/strict';
import type { Hash } from '../../../src/engine/identifiers';
import type { VerifyOutcome } from '../../../src/engine/operations/verify';
import type { Finding } from '../../../src/engine/repository/finding';
import { findingText, verificationText } from '../../../src/vscode/commands/verification-text';
import { english } from './english';

const sound: VerifyOutcome = {
  artifacts: 37_664,
  logicalBytes: 653_000_000,
  phantoms: [],
  findings: [],
  isChanged: false,
};
const damaged: Finding = {
  kind: 'size-wrong',
  problem: 'Artifact abc has 5 bytes, but the repository says 6.',
  advice: 'Run "trilobite rebuild".',
};

describe('what a verification says in the window', () => {
  it('says that nothing is wrong, and how much was looked at', () => {
    assert.equal(verificationText(sound, english), '37,664 artifacts verified (653 MB): nothing is wrong.');
  });

  it('tells what has not been looked at: what is missing here, and what came meanwhile', () => {
    const phantoms = ['b', 'c'] as Hash[];
    assert.equal(
      verificationText({ ...sound, artifacts: 1, logicalBytes: 1, phantoms, isChanged: true }, english),
      '1 artifact verified (1 byte): nothing is wrong. 2 artifacts known by name only: a sync may bring what is missing. ' +
        'Another program wrote meanwhile: what came then has not been looked at.',
    );
  });

  it('shows the only problem, or the first of several', () => {
    const text = 'Artifact abc has 5 bytes, but the repository says 6. Run "Fossil: Rebuild Repository".';
    assert.equal(
      verificationText({ ...sound, findings: [damaged] }, english),
      `37,664 artifacts verified (653 MB): 1 problem found. ${text}`,
    );
    assert.equal(
      verificationText({ ...sound, findings: [damaged, damaged] }, english),
      `37,664 artifacts verified (653 MB): 2 problems found. The first: ${text}`,
    );
  });

  it('sends nobody to a command line', () => {
    const advice = 'Restore a backup, or clone again; "trilobite rebuild" cannot repair this.';
    assert.doesNotMatch(findingText({ ...damaged, advice }, english), /trilobite/);
  });
});
