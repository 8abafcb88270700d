import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { answerOfFossil, answerOfOurs } from './both-answers';
import { FossilCheckout } from './fossil-checkout';
import { XferFixture } from './xfer-fixture';

describe('A client that does not know SHA3 names', function () {
  this.timeout(60_000);
  let fixture: XferFixture;
  let project: string;
  const names = { sha1: '', sha3: '' };

  before(async () => {
    fixture = await XferFixture.create();
    await fixture.newRepository('server.fossil');
    const file = fixture.path('server.fossil');
    const checkout = await FossilCheckout.open(fixture, 'server.fossil');
    for (const policy of ['sha1', 'sha3'] as const) {
      await fixture.fossil('hash-policy', policy, '-R', file);
      await checkout.commit(policy, { [policy]: `${policy} `.repeat(50) });
    }
    const of = async (length: number): Promise<string> =>
      (
        await fixture.sandbox.sql(file, `SELECT uuid FROM blob WHERE length(uuid)=${length} ORDER BY rid DESC LIMIT 1;`)
      )[0] ?? '';
    [names.sha1, names.sha3] = [await of(40), await of(64)];
    await writeFile(fixture.path('uv'), 'unversioned');
    await fixture.fossil('uv', 'add', 'uv', '-R', file);
    project = (await fixture.sandbox.sql(file, "SELECT value FROM config WHERE name='project-code';"))[0] ?? '';
  });
  after(() => fixture.remove());

  for (const version of ['', 'pragma client-version 19999\n', 'pragma client-version 20000\n']) {
    for (const [what, message] of [
      ['asks for artifacts', 'pull x PROJECT\ngimme SHA3\ngimme SHA1\n'],
      ['clones by protocol 3', 'clone 3 1\n'],
      ['clones by protocol 2', 'clone 2 1\n'],
      ['clones by protocol 1', 'clone\n'],
      ['asks for names of protocol 1', 'clone\ngimme SHA3\ngimme SHA1\n'],
      ['asks for an unversioned file', 'uvgimme uv\n'],
    ] as const) {
      const who = version === '' ? 'that tells no version' : `of ${version.trim().slice(-5)}`;
      it(`${who} and ${what} hears what fossil says`, async () => {
        const body = `${version}${message}`
          .replaceAll('PROJECT', project)
          .replaceAll('SHA1', names.sha1)
          .replaceAll('SHA3', names.sha3);
        const ours = await answerOfOurs(fixture, fixture.path('server.fossil'), body);
        // Fossil 2.21 crashes instead of refusing an unversioned file.
        if (!body.startsWith('uvgimme') && !body.includes('19999\nuvgimme'))
          assert.deepEqual(ours, await answerOfFossil(fixture, fixture.path('server.fossil'), body));
        const isOld = !version.includes('20000') && what !== 'clones by protocol 1';
        assert.equal(ours.cards.join('\n').includes('error Fossil\\sversion\\s2.0\\sor\\slater\\srequired.'), isOld);
      });
    }
  }
});
