import * as fs from 'node:fs';
import * as path from 'node:path';
import { cloneRepository } from '../../src/engine/operations/clone';
import { commitCheckout } from '../../src/engine/operations/commit';
import type { Interaction } from '../../src/engine/operations/interaction';
import { rebuildRepository } from '../../src/engine/operations/rebuild';
import { serveRepository } from '../../src/engine/operations/serve';
import { syncRepository } from '../../src/engine/operations/sync';
import { syncUnversioned } from '../../src/engine/operations/unversioned-sync';
import { createNodeEnvironment } from '../../src/engine/platform/node-environment';
import { Repository } from '../../src/engine/repository/repository';
import { httpTransport } from '../../src/engine/transport/http';
import type { ChildWork } from './child-work';
import { killer } from './killer';
import { measuringTransactions } from './measuring-environment';
import { ticking } from './ticking-environment';
import { unattended } from './unattended';

/**
 * The process that is killed, by itself: another one would be late. It writes `p PHASE` into its diary when a phase begins, `a WHAT` when
 * something has been acknowledged, and at its end `n STEPS PHASE` for each; a server's address it prints.
 */
async function main(work: ChildWork): Promise<void> {
  let phase: string = work.kind === 'serve' ? work.phase : work.kind;
  const steps = new Map<string, number>();
  // A pipe would take some of it later, and that would be lost with the process.
  const diary = fs.openSync(work.diary, 'a');
  const say = (line: string): void => {
    fs.writeSync(diary, `${line}\n`);
  };
  let told: string | undefined;
  const kill = await killer(work.kill);
  const made = await createNodeEnvironment({
    driver: work.driver,
    homeDirectory: work.home,
    variables: { USER: 'alice' },
  });
  const environment =
    work.kind === 'commit' && work.measures === true
      ? measuringTransactions(made, (waited, held) => say(`w ${waited} ${held}`))
      : ticking(made, () => {
          if (phase !== told) say(`p ${(told = phase)}`);
          steps.set(phase, (steps.get(phase) ?? 0) + 1);
          kill(phase);
        });
  const interaction: Interaction = {
    questions: unattended,
    onProgress: (progress) => {
      if (work.kind === 'clone') phase = `clone-${progress.phase}`;
    },
  };
  const end = (): void => {
    for (const [name, count] of steps) say(`n ${count} ${name}`);
    process.exit(0);
  };
  const transport = httpTransport({ variables: {} });
  switch (work.kind) {
    case 'clone': {
      const { url, path } = work;
      const { roundTrips, bytesReceived } = await cloneRepository(environment, transport, { url, path }, interaction);
      say(`a ${JSON.stringify({ roundTrips, bytesReceived })}`);
      break;
    }
    case 'commit':
      for (let number = 1; number <= work.commits; number++) {
        fs.appendFileSync(path.join(work.root, 'file.txt'), `${work.label} ${number}\n`);
        const { hash } = await commitCheckout(environment, work.root, { message: `commit ${number}` }, interaction);
        say(`a ${hash}`);
      }
      break;
    case 'pull':
    case 'push': {
      const request = { url: work.url, repository: work.path, direction: work.kind };
      await syncRepository(environment, transport, request, interaction);
      break;
    }
    case 'uv':
      await syncUnversioned(environment, transport, { url: work.url, repository: work.path }, interaction);
      break;
    case 'serve': {
      const repository = Repository.open(environment, work.path, { allowPortableWrites: true });
      const { url } = await serveRepository(repository, { port: work.port });
      process.on('SIGTERM', end);
      process.stdout.write(`${url}\n`);
      return;
    }
    case 'rebuild':
      await rebuildRepository(environment, { path: work.path }, interaction);
      break;
    default:
      work satisfies never;
  }
  end();
}

main(JSON.parse(process.argv[2] ?? '') as ChildWork).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
