import assert from 'node:assert/strict';
import { Ledger, type UnversionedState } from './ledger';

describe('What whoever looks at all machines expects of unversioned files', () => {
  const state = (mtime: number, digit?: string): UnversionedState => ({
    name: 'logo.txt',
    mtime,
    ...(digit === undefined ? {} : { hash: digit.repeat(64) }),
  });
  let ledger: Ledger;
  beforeEach(() => (ledger = new Ledger()));
  const newest = (): UnversionedState | undefined => ledger.unversioned.get('logo.txt');

  it('is the greater of two that were made elsewhere within a second', () => {
    ledger.noteUnversioned(state(5, 'b'), undefined);
    ledger.noteUnversioned(state(5, 'a'), undefined);
    ledger.noteUnversioned(state(5), state(4, 'c'));
    assert.deepEqual(newest(), state(5, 'b'));
  });

  it('is what took the place of another within a second where that was, for nobody else may have got it', () => {
    ledger.noteUnversioned(state(5, 'b'), undefined);
    ledger.noteUnversioned(state(5), state(5, 'b'));
    assert.deepEqual(newest(), state(5));
  });

  it('stays what is younger, or was greater before somebody else replaced what he had', () => {
    ledger.noteUnversioned(state(6, 'a'), undefined);
    ledger.noteUnversioned(state(5), state(6, 'a'));
    assert.deepEqual(newest(), state(6, 'a'));
    ledger.noteUnversioned(state(6), state(6, '9'));
    assert.deepEqual(newest(), state(6, 'a'));
  });
});
