import assert from 'node:assert/strict';
import { type Materials, prepareMaterials } from './materials';
import { failureText, runReport, type SeedReport } from './run-report';
import { reportOf, simulate } from './simulate';

/** Within so many seeds the planted bug must be noticed. */
const FEW = 12;

describe('A seed that breaks a promise', function () {
  this.timeout(120_000);
  let materials: Materials;
  let broken: Materials;
  let failing: SeedReport;
  const reports: SeedReport[] = [];
  before(async () => {
    materials = await prepareMaterials();
    broken = forgetfulMaterials(materials);
    for (let seed = 1; seed <= FEW && reports.at(-1)?.failure === undefined; seed++)
      reports.push(reportOf(await simulate(seed, broken)));
    const last = reports.at(-1);
    assert.ok(last?.failure !== undefined, `A server that takes every message twice goes unnoticed in ${FEW} seeds.`);
    failing = last;
  });

  it('is told with the invariant that caught it, and how to see it again', () => {
    assert.match(
      failureText(failing),
      /^seed \d+ fails: a replay brings nothing: (hub|mirror) took the same message twice\n/,
    );
    assert.match(failureText(failing), new RegExp(`npm run simulate -- --first ${failing.seed} --seeds 1 --trace$`));
    const { lines, isGood } = runReport(reports, reports.length);
    assert.equal(lines.at(-1), `1 of ${reports.length} simulations broke a promise: seeds ${failing.seed}`);
    assert.equal(isGood, false);
  });

  it('breaks it again, event by event', async () => {
    const lines: string[] = [];
    const again = reportOf(await simulate(failing.seed, broken, (line) => lines.push(line)));
    assert.deepEqual(again, failing);
    assert.equal(lines.length, failing.events);
  });

  it('keeps it without the bug', async () => {
    assert.equal((await simulate(failing.seed, materials)).failure?.message, undefined);
  });
});

/** Servers that do not remember which messages they have taken. */
function forgetfulMaterials(materials: Materials): Materials {
  const forgetful = (image: Uint8Array): Uint8Array => {
    const database = new materials.sqlJs.Database(image);
    database.exec(
      `CREATE TRIGGER forget AFTER INSERT ON rcvfrom
         BEGIN UPDATE rcvfrom SET nonce=NULL WHERE rcvid=new.rcvid; END`,
    );
    const changed = database.export();
    database.close();
    return changed;
  };
  const { hub, crowdedHub, mirror } = materials;
  return { ...materials, hub: forgetful(hub), crowdedHub: forgetful(crowdedHub), mirror: forgetful(mirror) };
}
