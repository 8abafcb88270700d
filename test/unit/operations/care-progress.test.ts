import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { initRepository } from '../../../src/engine/operations/init';
import type { Interaction } from '../../../src/engine/operations/interaction';
import { rebuildRepository } from '../../../src/engine/operations/rebuild';
import { verifyRepository } from '../../../src/engine/operations/verify';
import type { Environment } from '../../../src/engine/platform/environment';
import { createNodeEnvironment } from '../../../src/engine/platform/node-environment';
import type { Progress } from '../../../src/engine/progress';
import { timeLeft } from '../../../src/engine/time-left';

describe('the progress of verify and rebuild', () => {
  let directory: string;
  let file: string;
  let environment: Environment;
  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-care-'));
    file = path.join(directory, 'project.fossil');
    environment = await createNodeEnvironment({ homeDirectory: directory, variables: {} });
    await initRepository(environment, { path: file, user: 'ann' });
  });
  after(() => fs.rm(directory, { recursive: true }));

  async function told(work: (interaction: Interaction) => Promise<unknown>): Promise<Progress[]> {
    const reports: Progress[] = [];
    await work({
      questions: {
        credentials: () => Promise.resolve(undefined),
        userName: () => Promise.resolve(undefined),
        allowPortableWrites: () => Promise.resolve(true),
      },
      onProgress: (progress) => reports.push(progress),
    });
    return reports;
  }

  it('counts artifacts, says how long it will take, and knows no bytes a second', async () => {
    const verifying = await told((interaction) => verifyRepository(environment, file, interaction));
    const rebuilding = await told((interaction) => rebuildRepository(environment, { path: file }, interaction));
    for (const reports of [verifying, rebuilding]) {
      const last = reports.at(-1);
      assert.deepEqual([last?.artifacts, last?.rate], [{ done: 1, total: 1 }, 0]);
      assert.equal(typeof last?.eta, 'number');
      assert.ok(reports.every(({ fraction }, at) => fraction <= 0.99 && fraction >= (reports[at - 1]?.fraction ?? 0)));
    }
  });

  it('tells the time left as if the rest went on like what is done, once something is', () => {
    assert.deepEqual(timeLeft(5000, 0.02), {});
    assert.deepEqual(timeLeft(5000, 0.25), { eta: 15 });
    assert.deepEqual(timeLeft(5000, 1), { eta: 0 });
  });
});
