import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import type { Transport } from '../xfer/transport';
import type { Interaction } from './interaction';
import { listRemotes } from './remotes';
import { type SyncOutcome, syncRepository, type SyncRequest } from './sync';
import { withSyncTarget } from './sync-target';

/** One exchange of several. */
export interface RemoteOutcome {
  /** The remote's name; `default` for the one without. */
  name: string;
  outcome?: SyncOutcome;
  /** Why there is no outcome. */
  error?: EngineError;
}

/**
 * Syncs with the default remote and with all others that are remembered, one after the other. In a sync those before one that had something
 * new are visited again, so that all of them have it in the end. One that fails does not keep the others from their turn.
 * @throws EngineError `no-remote` when none is remembered, `cancelled`
 */
export async function syncAllRemotes(
  environment: Environment,
  transport: Transport,
  request: Omit<SyncRequest, 'url' | 'user' | 'password'>,
  interaction: Interaction,
): Promise<RemoteOutcome[]> {
  const names = await namesOf(environment, request.repository, interaction);
  const outcomes: RemoteOutcome[] = [];
  const visit = async (name: string): Promise<number> => {
    // The default remote is the one that is synced with when none is named: then the server's shun list is heeded, too.
    const one: SyncRequest =
      name === 'default' ? request : { ...request, url: name, keeps: request.keeps ?? 'password' };
    try {
      const outcome = await syncRepository(environment, transport, one, interaction);
      outcomes.push({ name, outcome });
      return outcome.received;
    } catch (error) {
      if (!(error instanceof EngineError) || error.code === 'cancelled') throw error;
      outcomes.push({ name, error });
      return 0;
    }
  };
  let again: string[] = [];
  for (const [index, name] of names.entries()) {
    if ((await visit(name)) > 0) again = names.slice(0, index);
  }
  if (request.direction === 'sync') for (const name of again) await visit(name);
  return outcomes;
}

/** The default remote first; others that lead to the same place are left out. */
async function namesOf(environment: Environment, path: string, interaction: Interaction): Promise<string[]> {
  const remotes = await withSyncTarget(environment, path, interaction, ({ repository }) =>
    Promise.resolve(listRemotes(repository)),
  );
  const visited = new Set<string>();
  const first = remotes.filter(({ name }) => name === 'default');
  const names: string[] = [];
  for (const { name, url } of [...first, ...remotes]) {
    if (visited.has(url)) continue;
    visited.add(url);
    names.push(name);
  }
  if (names.length > 0) return names;
  throw new EngineError('no-remote', 'This repository has no remote yet. Give the address of the server to sync with.');
}
