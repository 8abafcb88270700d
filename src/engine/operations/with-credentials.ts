import { hasCode } from '../errors';
import { canonicalUrl, type Remote } from '../xfer/remote';
import type { Interaction } from './interaction';

/** Wrong passwords in a row before the last refusal stands. */
const ATTEMPTS = 3;

/**
 * Runs `exchange` with the remote's user and password, asking for them when the server wants them: before the first try for a user
 * whose password is not known, after a refusal otherwise.
 * @returns what `exchange` returns, and the remote with the credentials that worked
 */
export async function withCredentials<T>(
  remote: Remote,
  interaction: Interaction,
  exchange: (remote: Remote) => Promise<T>,
): Promise<{ result: T; remote: Remote }> {
  let current = remote;
  let isAsked = false;
  if (current.user !== undefined && current.password === undefined) {
    current = (await ask(current, interaction, false)) ?? current;
    isAsked = true;
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return { result: await exchange(current), remote: current };
    } catch (error) {
      const isRefused = hasCode(error, 'login-failed', 'password-needed') || isUnknownVisitor(error, current);
      if (!isRefused || attempt >= ATTEMPTS) throw error;
      const answer = await ask(current, interaction, isAsked || current.password !== undefined);
      if (answer === undefined) throw error;
      current = answer;
      isAsked = true;
    }
  }
}

/** Whoever has not said who they are may be let in once they do. */
function isUnknownVisitor(error: unknown, remote: Remote): boolean {
  return remote.user === undefined && hasCode(error, 'not-authorized');
}

async function ask(remote: Remote, interaction: Interaction, wasRefused: boolean): Promise<Remote | undefined> {
  const answer = await interaction.questions.credentials({
    url: canonicalUrl(remote),
    ...(remote.user === undefined ? {} : { user: remote.user }),
    wasRefused,
  });
  return answer === undefined ? undefined : { ...remote, ...answer };
}
