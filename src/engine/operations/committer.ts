import type { Checkout } from '../checkout/checkout';
import { EngineError } from '../errors';
import type { Repository } from '../repository/repository';
import { setting } from '../repository/settings';
import type { Interaction } from './interaction';
import { rememberedRemote } from './remembered-remote';

const VARIABLES = ['FOSSIL_USER', 'USER', 'LOGNAME', 'USERNAME'] as const;

/**
 * Under which name to commit: the one given, the checkout's `default-user`, the login of the remote, the repository's or Fossil's
 * global `default-user`, the environment, and at last the user is asked and the answer kept in the checkout.
 * @throws EngineError `no-user`
 */
export async function committer(
  checkout: Checkout,
  given: string | undefined,
  interaction: Interaction,
): Promise<string> {
  const { repository } = checkout;
  const known = given ?? defaultCommitter(repository, checkout);
  if (known !== undefined && known !== '') return known;
  const answer = (await interaction.questions.userName())?.trim();
  if (answer === undefined || answer === '') {
    throw new EngineError('no-user', 'Nothing was committed: Fossil needs a user name for the check-in.');
  }
  repository.transaction(() => checkout.setVariable('default-user', answer));
  return answer;
}

/** Under which name a commit would be made when none is given and nobody is asked. */
export function defaultCommitter(repository: Repository, checkout?: Checkout): string | undefined {
  return (
    checkout?.variable('default-user') ??
    rememberedRemote(repository)?.user ??
    setting(repository, 'default-user') ??
    userOfEnvironment(repository.environment.variables)
  );
}

/** The user name that the process's environment tells. */
export function userOfEnvironment(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  return VARIABLES.map((name) => variables[name]).find((value) => value !== undefined && value !== '');
}
