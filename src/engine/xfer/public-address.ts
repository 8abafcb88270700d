import { hasCode } from '../errors';
import { canonicalUrl, parseRemote, withoutLogin } from './remote';

/** @returns the web address without login; undefined for one that is none, or means this computer only */
export function publicAddress(text: string): string | undefined {
  try {
    const remote = parseRemote(text);
    if (remote.scheme !== 'http' && remote.scheme !== 'https') return undefined;
    return remote.host.includes('localhost') ? undefined : canonicalUrl(withoutLogin(remote));
  } catch (error) {
    if (hasCode(error, 'url-malformed')) return undefined;
    throw error;
  }
}
