import type { Repository } from '../repository/repository';
import { ConfigPart, type ConfigPartOptions } from './config-part';
import type { XferListener } from './observer';
import type { Remote } from './remote';
import { SessionObserver } from './session-observer';
import { SyncRun } from './sync-run';
import type { Transport } from './transport';

export interface ConfigSyncOptions extends ConfigPartOptions {
  signal?: AbortSignal;
  onEvent?: XferListener;
}

export interface ConfigSyncStatistics {
  /** Rows that the server gave, those included that were older than what is here. */
  received: number;
  /** Notices of the server. */
  messages: string[];
}

/**
 * Exchanges configuration with a server in one round trip (fossil.md 3.6): the younger row wins.
 * @throws EngineError `not-authorized` when the login may not push configuration: only administrators may
 */
export async function exchangeConfig(
  repository: Repository,
  transport: Transport,
  remote: Remote,
  options: ConfigSyncOptions,
): Promise<ConfigSyncStatistics> {
  const { signal, onEvent, ...wanted } = options;
  const facts = { repository, remote, operation: 'configuration' } as const;
  return SessionObserver.watch(onEvent, facts, async (observer) => {
    const session = await transport.open(remote);
    try {
      const part = new ConfigPart(repository, wanted);
      const alone = { pull: false, push: false, parts: [part], ...(signal === undefined ? {} : { signal }) };
      const { messages } = await new SyncRun(repository, session, alone, observer).run();
      return { received: part.received, messages: [...messages, ...part.warnings] };
    } finally {
      await session.close();
    }
  });
}
