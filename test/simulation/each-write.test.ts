import assert from 'node:assert/strict';
import { type Accident, strikeEachWrite } from './each-write';
import { type Materials, prepareMaterials } from './materials';

describe('A sync in which something happens at one write after the other', function () {
  this.timeout(60_000);
  let materials: Materials;
  before(async () => (materials = await prepareMaterials()));

  // Where power may go the simulations go, too.
  const accidents: [string, Accident, number][] = [
    ["the client's disk is full", { who: 'client', what: 'disk full' }, 1],
    ["the server's disk is full", { who: 'hub', what: 'disk full' }, 1],
    ["the client's power goes", { who: 'client', what: 'power lost' }, 4],
    ["the server's power goes", { who: 'hub', what: 'power lost' }, 4],
    ["the client's disk is full, with the portable driver", { who: 'client', what: 'disk full', isPortable: true }, 1],
    ["the server's disk is full, with the portable driver", { who: 'hub', what: 'disk full', isPortable: true }, 1],
  ];
  for (const [words, accident, step] of accidents) {
    it(`fails clearly, loses nothing and succeeds the next time: ${words}`, async () => {
      const struck = await strikeEachWrite(materials, accident, step);
      assert.ok(struck >= 2, `struck ${struck} times`);
    });
  }
});
