import { EngineError } from '../errors';
import { authorityOf, canonicalUrl, isVisitor, type Remote } from './remote';

/** What was asked of the server, for the sentence. */
export type Request = 'clone' | 'pull' | 'push' | 'sync';

/** An address that a redirect led to. */
export interface Redirected {
  /** The server that the login is for, where it was not sent on from there. */
  loginStaysAt?: string;
}

/** What a server does not let somebody do, by its own words for that: the verb of the sentence, and the capability that is missing. */
const MISSING = new Map([
  ['clone', { verb: 'clone from', capability: 'Clone (g)' }],
  ['read', { verb: 'read from', capability: 'Read (o)' }],
  ['write', { verb: 'push to', capability: 'Write (i)' }],
  ['push configuration', { verb: 'push configuration to', capability: 'Admin (a)' }],
]);

/** The error for the user behind an `error` card of the server. */
export function refusal(text: string, remote: Remote & Redirected, request: Request): EngineError {
  const host = authorityOf(remote);
  const user = remote.user === undefined || isVisitor(remote) ? undefined : `user "${remote.user}"`;
  if (/^login failed/.test(text))
    return new EngineError(
      'login-failed',
      `${host} did not accept the password of ${user ?? 'the user'}. Check the user name and the password.`,
    );
  const missing = MISSING.get(/^not authorized to (clone|read|write|push configuration)/.exec(text)?.[1] ?? '');
  if (missing !== undefined) {
    if (user !== undefined && remote.password === undefined)
      return new EngineError('password-needed', `${host} wants the password of ${user} for this ${request}.`);
    const advice =
      remote.loginStaysAt === undefined
        ? 'Give a user name and a password.'
        : `The login for ${remote.loginStaysAt} is not sent there: use the address ${canonicalUrl(remote)} itself.`;
    const { verb, capability } = missing;
    return new EngineError(
      'not-authorized',
      user === undefined
        ? `${host} does not let anonymous visitors ${verb} it. ${advice}`
        : `${host} does not let ${user} ${verb} it. Ask its administrator for the capability ${capability}.`,
    );
  }
  if (/^not authorized to sync private/.test(text)) {
    const who = user ?? 'anonymous visitors';
    return new EngineError(
      'not-authorized',
      `${host} does not let ${who} exchange private branches with it. Ask its administrator for the capability Private (x).`,
    );
  }
  if (/^not authorized/.test(text)) return new EngineError('not-authorized', `${host} refused: ${text}.`);
  if (/^wrong project/.test(text)) return wrongProject(remote);
  return new EngineError('server-error', `${host} refused the ${request}: ${text}`);
}

export function wrongProject(remote: Remote): EngineError {
  return new EngineError(
    'wrong-project',
    `${authorityOf(remote)} serves another project than this repository belongs to. Check the address of the remote.`,
  );
}
