import { EngineError, hasCode } from '../errors';
import { canonicalUrl, isVisitor, needsNoLogin, type Remote } from '../xfer/remote';
import type { Interaction } from './interaction';

/** Wrong passwords in a row before the last refusal stands. */
const ATTEMPTS = 3;

/**
 * Runs `exchange` with the remote's user and password, asking for them when the server wants them: before the first try for a user
 * whose password is not known, after a refusal otherwise. Over ssh and for a file nobody is asked: whoever gets there is let in.
 * @param greet - meets the server before the first question, so that a certificate is asked about before a password is
 * @returns what `exchange` returns, and the remote with the credentials that worked
 */
export async function withCredentials<T>(
  remote: Remote,
  interaction: Interaction,
  exchange: (remote: Remote) => Promise<T>,
  greet?: (remote: Remote) => Promise<void>,
): Promise<{ result: T; remote: Remote }> {
  if (needsNoLogin(remote)) return { result: await exchange(remote), remote };
  let current = remote;
  if (!isVisitor(current) && current.password === undefined) {
    await greet?.(current);
    current = (await ask(current, interaction, false)) ?? fail(passwordNeeded(current));
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return { result: await exchange(current), remote: current };
    } catch (error) {
      const isRefused = hasCode(error, 'login-failed', 'password-needed') || isUnknownVisitor(error, current);
      if (!isRefused || attempt >= ATTEMPTS) throw error;
      current = (await ask(current, interaction, current.password !== undefined)) ?? fail(error);
    }
  }
}

function fail(error: EngineError): never {
  throw error;
}

function passwordNeeded(remote: Remote): EngineError {
  return new EngineError(
    'password-needed',
    `${canonicalUrl(remote)} needs the password of user ${remote.user ?? ''}, and none was given.`,
  );
}

/** Whoever has not said who they are may be let in once they do. */
function isUnknownVisitor(error: unknown, remote: Remote): error is EngineError {
  return isVisitor(remote) && hasCode(error, 'not-authorized');
}

async function ask(remote: Remote, interaction: Interaction, wasRefused: boolean): Promise<Remote | undefined> {
  const answer = await interaction.questions.credentials({
    url: canonicalUrl(remote),
    ...(remote.user === undefined || isVisitor(remote) ? {} : { user: remote.user }),
    wasRefused,
  });
  return answer === undefined ? undefined : { ...remote, ...answer };
}
