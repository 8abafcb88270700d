import type { Card } from './card';
import { CONFIG_AREAS } from './config-areas';
import { ConfigReceiver, writeConfigGroup } from './config-exchange';
import type { ServerContext, ServerPart } from './server-part';

/** Gives and takes settings (fossil.md 1.6, 4.4). */
export class ServerConfiguration implements ServerPart {
  #receiver: ConfigReceiver | undefined;

  writes(card: Card, { permissions }: ServerContext): boolean {
    return card.kind === 'config' && permissions.mayConfigure;
  }

  take(card: Card, context: ServerContext): boolean {
    if (card.kind === 'reqconfig') {
      give(card.group, context);
      return true;
    }
    if (card.kind !== 'config') return false;
    if (!context.permissions.mayConfigure || context.isReadOnly) context.refuse('not authorized to push configuration');
    this.#receiver ??= new ConfigReceiver(context.repository, { withSensitive: true });
    this.#receiver.take(card.table, card.payload);
    return true;
  }

  finish(): void {
    this.#receiver?.end();
  }
}

/** The beginning of an area's name is enough, as for Fossil. */
function give(group: string, { repository, reply, permissions }: ServerContext): void {
  if (!permissions.mayRead || !group.startsWith('/')) return;
  const area = CONFIG_AREAS.find((name) => name.startsWith(group.slice(1)));
  if (area === undefined) return;
  writeConfigGroup(repository, `/${area}`, reply, {
    withSensitive: permissions.mayConfigure,
    withAddresses: permissions.mayReadAddresses,
  });
}
