import assert from 'node:assert/strict';
import { derivedTables } from '../../support/derived-tables';
import { generatedRepository } from '../../support/every-artifact/generated';
import { makeEveryArtifact } from '../../support/every-artifact/project';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { withNativeDriver } from '../with-native-driver';

withNativeDriver('the generator of every artifact', function (this: Mocha.Suite) {
  this.timeout(60_000);
  let sandbox: FossilSandbox;
  before(async () => (sandbox = await FossilSandbox.create()));
  after(() => sandbox.remove());

  it('makes the same artifacts for the same seed, others for another, and what fossil finds whole', async () => {
    const again = sandbox.path('again.fossil');
    await makeEveryArtifact(sandbox, again, 1);
    const { blob } = await derivedTables(again);
    assert.deepEqual(blob, (await derivedTables(await generatedRepository('every artifact', 1))).blob);
    assert.notDeepEqual(blob, (await derivedTables(await generatedRepository('every artifact', 2))).blob);
    assert.match(
      await sandbox.fossil(['test-integrity', '--quiet', '-R', again]),
      / 0 errors\s+low-level database integrity-check: ok/,
    );
  });
});
