import assert from 'node:assert/strict';
import { letTwoWrite } from '../../kill/two-writers';
import { drivers } from '../checkout/fossil-fixture';

/** `npm run kill -- --writers 300` does it more often. */
const COMMITS = 40;

describe('Our engine and fossil commit in one repository at once', function () {
  this.timeout(120_000);

  it('lose nothing, fail nobody, and keep nobody waiting for a second', async function () {
    // The portable driver asks before it writes what others may have open, because there are no locks between them.
    if (!drivers.includes('native')) this.skip();
    const { waited, held } = await letTwoWrite(COMMITS);
    assert.ok(waited < 1000, `waited ${waited} ms for the lock`);
    assert.ok(held < 1000, `held the lock for ${held} ms`);
  });
});
