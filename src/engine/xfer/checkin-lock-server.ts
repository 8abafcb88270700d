import { encodeToken } from '../codec/fossil-encoding';
import { isHash, type Hash } from '../identifiers';
import type { Repository } from '../repository/repository';
import { setting } from '../repository/settings';
import { settingFlag } from '../repository/setting-flag';
import { isLeaf } from '../repository/versions';
import type { Card } from './card';
import type { ServerContext, ServerPart } from './server-part';

/** Config rows that hold the locks begin so; the check-in follows. */
const PREFIX = 'ci-lock-';
/** How long a lock holds, in seconds, unless the setting `lock-timeout` says otherwise. */
const LOCK_SECONDS = 60;

interface Lock {
  name: string;
  /** Unix seconds. */
  mtime: number;
  /** Null without a login. */
  login: string | null;
  clientId: string;
}

/**
 * Locks on check-ins (fossil.md 2.3): who says first that a child of a check-in is about to be committed has it for a minute, and who
 * comes second hears of the first. Nothing is refused for want of a lock. Fossil takes locks from anyone and of anything; here who may
 * not read has none, and only a leaf is locked.
 */
export class CheckinLockServer implements ServerPart {
  writes(card: Card, { repository, permissions }: ServerContext): boolean {
    if (lockOf(card) !== undefined) return permissions.mayRead;
    const clientId = unlockOf(card);
    return clientId !== undefined && locksOf(repository).some((lock) => lock.clientId === clientId);
  }

  take(card: Card, context: ServerContext): boolean {
    const lock = lockOf(card);
    if (lock !== undefined) this.#lock(lock, context);
    const unlocked = unlockOf(card);
    if (unlocked !== undefined && !context.isReadOnly) giveBack(context.repository, unlocked);
    return lock !== undefined || unlocked !== undefined;
  }

  #lock({ checkin, clientId }: { checkin: Hash; clientId: string }, context: ServerContext): void {
    const { repository, reply, permissions, isReadOnly } = context;
    // Where nobody can push, nobody can come second.
    if (isReadOnly || !permissions.mayRead) return;
    dropExpired(repository);
    const held = locksOf(repository).find(({ name }) => name === PREFIX + checkin);
    if (held === undefined && isLockable(repository, checkin)) {
      const login = permissions.userId === undefined ? null : permissions.userName;
      repository.config.set(PREFIX + checkin, JSON.stringify({ login, clientid: clientId }));
      repository.environment.faults?.at('checkin-lock-taken');
    } else if (held !== undefined && held.clientId !== clientId) {
      // Fossil's clients hear of a lock only when it has a holder's name.
      reply.pragma('ci-lock-fail', encodeToken(held.login ?? 'nobody'), held.mtime);
    }
    if (settingFlag(repository, 'forbid-delta-manifests', false)) reply.pragma('avoid-delta-manifests');
  }
}

function lockOf(card: Card): { checkin: Hash; clientId: string } | undefined {
  if (card.kind !== 'pragma' || card.name !== 'ci-lock') return undefined;
  const [checkin, clientId] = card.parameters;
  if (card.parameters.length !== 2 || checkin === undefined || clientId === undefined) return undefined;
  return isHash(checkin) ? { checkin, clientId } : undefined;
}

function unlockOf(card: Card): string | undefined {
  if (card.kind !== 'pragma' || card.name !== 'ci-unlock' || card.parameters.length !== 1) return undefined;
  const [clientId = ''] = card.parameters;
  return isHash(clientId) ? clientId : undefined;
}

function locksOf({ db }: Repository): Lock[] {
  return db
    .prepare(`SELECT name, CAST(mtime AS INTEGER) AS mtime, CAST(value AS TEXT) AS value FROM config WHERE name GLOB ?`)
    .all<{ name: string; mtime: number | null; value: string | null }>(`${PREFIX}*`)
    .map(({ name, mtime, value }) => ({ name, mtime: mtime ?? 0, ...holderOf(value ?? '') }));
}

/** What is no JSON locks nothing. */
function holderOf(value: string): Pick<Lock, 'login' | 'clientId'> {
  try {
    const holder: unknown = JSON.parse(value);
    if (typeof holder !== 'object' || holder === null) return { login: null, clientId: '' };
    const { login, clientid } = holder as { login?: unknown; clientid?: unknown };
    return {
      login: typeof login === 'string' ? login : null,
      clientId: typeof clientid === 'string' ? clientid : '',
    };
  } catch {
    return { login: null, clientId: '' };
  }
}

/** A lock ends after its time, and with the first child of its check-in. */
function dropExpired(repository: Repository): void {
  const seconds = Number(setting(repository, 'lock-timeout') ?? LOCK_SECONDS);
  const oldest = Math.floor(repository.environment.clock.now() / 1000) - (Number.isFinite(seconds) ? seconds : LOCK_SECONDS); // prettier-ignore
  for (const { name, mtime, clientId } of locksOf(repository)) {
    const checkin = name.slice(PREFIX.length);
    const isValid = mtime > oldest && clientId !== '' && isHash(checkin) && isLockable(repository, checkin);
    if (!isValid) repository.config.remove(name);
  }
}

function isLockable(repository: Repository, checkin: Hash): boolean {
  const rid = repository.blobs.rid(checkin);
  return rid !== undefined && isLeaf(repository, rid);
}

function giveBack(repository: Repository, clientId: string): void {
  for (const lock of locksOf(repository)) if (lock.clientId === clientId) repository.config.remove(lock.name);
}
