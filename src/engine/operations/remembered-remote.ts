import { obscure, unobscure } from '../codec/obscure';
import type { Repository } from '../repository/repository';
import { canonicalUrl, parseRemote, type Remote } from '../xfer/remote';

/** The server that a repository was cloned from or last synced with, with the password where one is remembered. */
export function rememberedRemote(repository: Repository): Remote | undefined {
  const url = repository.config.get('last-sync-url');
  if (url === undefined || url === '' || url === 'off' || !/^(?:https?|ssh|file):/i.test(url)) return undefined;
  const obscured = repository.config.get('last-sync-pw');
  const remote = parseRemote(url);
  return obscured === undefined || obscured === '' ? remote : { ...remote, password: unobscure(obscured) };
}

/** Keeps the server's address, and its password in Fossil's obscured form when asked to (fossil.md 1.8). */
export function rememberRemote(repository: Repository, remote: Remote, options: { withPassword: boolean }): void {
  const { config, environment } = repository;
  config.set('last-sync-url', canonicalUrl(remote));
  if (options.withPassword && remote.password !== undefined) {
    config.set('last-sync-pw', obscure(remote.password, environment.random.bytes(1)[0] ?? 0));
  } else if (options.withPassword) {
    config.remove('last-sync-pw');
  }
}
