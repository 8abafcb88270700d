import { throwIfCancelled } from '../errors';
import type { Repository } from '../repository/repository';
import type { ConfigArea } from './config-areas';
import { ConfigReceiver, writeConfigGroup } from './config-exchange';
import { Conversation } from './conversation';
import type { XferListener } from './observer';
import { refusal } from './refusal';
import type { Remote } from './remote';
import { SessionObserver } from './session-observer';
import type { Transport } from './transport';

export interface ConfigSyncOptions {
  area: ConfigArea;
  pull: boolean;
  push: boolean;
  /** What comes replaces what is here whatever its age. */
  overwrite?: boolean;
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
  return SessionObserver.watch(
    options.onEvent,
    { repository, remote, operation: 'configuration' },
    async (observer) => {
      const session = await transport.open(remote);
      try {
        const conversation = new Conversation(repository, session, {
          signal: options.signal,
          onBytes: () => undefined,
          observer,
        });
        const message = conversation.begin();
        if (options.pull) message.card('reqconfig', `/${options.area}`);
        if (options.push) writeConfigGroup(repository, `/${options.area}`, message, { withSensitive: true });
        const rows: { table: string; payload: Uint8Array }[] = [];
        const { errors } = await conversation.exchange(message, (card) => {
          if (card.kind === 'config') rows.push(card);
        });
        const [error] = errors;
        if (error !== undefined) throw refusal(error, conversation.remote, 'sync');
        throwIfCancelled(options.signal);
        const warnings = repository.transaction(() => {
          const receiver = new ConfigReceiver(repository, {
            area: options.area,
            withSensitive: true,
            ...(options.overwrite === undefined ? {} : { overwrite: options.overwrite }),
          });
          for (const { table, payload } of rows) receiver.take(table, payload);
          return receiver.end();
        });
        return { received: rows.length, messages: [...conversation.messages, ...warnings] };
      } finally {
        await session.close();
      }
    },
  );
}
