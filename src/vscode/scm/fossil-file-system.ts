import * as vscode from 'vscode';
import { hasCode } from '../../engine/errors';
import * as protocol from '../../host/protocol';
import type { CheckoutSession } from '../checkout/checkout-session';
import type { CheckoutSessions } from '../checkout/checkout-sessions';
import { sentenceOf } from '../interaction/report-error';
import type { FossilLocation } from './fossil-location';
import { locationOf } from './fossil-uri';

/** Bytes of contents that are kept for the editors that ask again. */
const cacheLimit = 32 * 1024 * 1024;

/** The read-only file system behind `fossil:` URIs: any file of any version, any artifact, any unversioned file, through the engine. */
export class FossilFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  /** By what is asked for and the check-in it belongs to; oldest first. */
  private readonly cache = new Map<string, Uint8Array>();
  private cachedBytes = 0;
  /** URIs that follow the checkout and that somebody has read, by root. */
  private readonly followed = new Map<string, Map<string, vscode.Uri>>();
  private readonly checkins = new Map<string, string | undefined>();
  private readonly subscription: vscode.Disposable;

  readonly onDidChangeFile = this.changed.event;

  constructor(private readonly sessions: CheckoutSessions) {
    this.subscription = sessions.onDidChange((session) => this.follow(session));
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const location = locationOf(uri);
    const session = this.sessions.withRoot(location.root);
    if (session === undefined) throw vscode.FileSystemError.Unavailable(vscode.l10n.t('This checkout is not open.'));
    if (isFollowing(location)) {
      const uris = this.followed.get(location.root) ?? new Map<string, vscode.Uri>();
      this.followed.set(location.root, uris.set(uri.toString(), uri));
    }
    try {
      return await this.content(session, location);
    } catch (error) {
      if (hasCode(error, 'file-not-managed', 'unknown-version', 'file-missing'))
        throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(sentenceOf(error));
    }
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { length } = await this.readFile(uri);
    const location = locationOf(uri);
    // A new time makes editors read what follows the checkout again.
    const mtime = isFollowing(location) ? (this.sessions.withRoot(location.root)?.status?.checkin?.time ?? 0) : 0;
    return { type: vscode.FileType.File, ctime: 0, mtime, size: length, permissions: vscode.FilePermission.Readonly };
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async content(session: CheckoutSession, location: FossilLocation): Promise<Uint8Array> {
    const key = JSON.stringify([location, isFollowing(location) ? session.status?.checkin?.hash : undefined]);
    const kept = this.cache.get(key);
    if (kept !== undefined) return kept;
    const content = await read(session, location);
    this.keep(key, content);
    return content;
  }

  private keep(key: string, content: Uint8Array): void {
    if (content.length > cacheLimit / 4 || this.cache.has(key)) return;
    this.cache.set(key, content);
    this.cachedBytes += content.length;
    for (const [oldest, { length }] of this.cache) {
      if (this.cachedBytes <= cacheLimit) break;
      this.cache.delete(oldest);
      this.cachedBytes -= length;
    }
  }

  /** When the checkout moves to another check-in, what follows it has changed. */
  private follow(session: CheckoutSession): void {
    const checkin = session.status?.checkin?.hash;
    const { root } = session;
    const isKnown = this.checkins.has(root);
    if (isKnown && this.checkins.get(root) === checkin) return;
    this.checkins.set(root, checkin);
    const uris = [...(this.followed.get(root)?.values() ?? [])];
    this.followed.delete(root);
    if (isKnown && uris.length > 0) {
      this.changed.fire(uris.map((uri) => ({ type: vscode.FileChangeType.Changed, uri })));
    }
  }
}

function read(session: CheckoutSession, location: FossilLocation): Promise<Uint8Array> {
  const { root } = location;
  switch (location.kind) {
    case 'artifact':
      return session.request(protocol.artifactContent, { root, hash: location.hash });
    case 'unversioned':
      return session.request(protocol.unversionedContent, { root, hash: location.hash });
    case 'file': {
      const { path, version } = location;
      return session.request(protocol.fileContent, { root, path, ...(version === undefined ? {} : { version }) });
    }
  }
}

function isFollowing(location: FossilLocation): boolean {
  return location.kind === 'file' && location.version === undefined;
}
