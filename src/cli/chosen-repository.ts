import type { Checkout } from '../engine/checkout/checkout';
import { readCheckout, writeCheckout, writeRepository } from '../engine/operations/with-checkout';
import { Repository } from '../engine/repository/repository';
import { absolutePath } from './absolute-path';
import { checkoutRoot } from './checkout-root';
import { type CommandContext, textOption } from './command';

/** The option of commands that work on a repository: `-R FILE`; without it, the repository of the checkout around. */
export const REPOSITORY_OPTION = { repository: { type: 'string', short: 'R' } } as const;

/** Runs `work` on the repository that a command means, and on the checkout when there is one. Closes both. */
export async function readChosen<T>(
  context: CommandContext,
  work: (repository: Repository, checkout?: Checkout) => T | Promise<T>,
): Promise<T> {
  const file = chosenFile(context);
  if (file === undefined) {
    return readCheckout(context.environment, await checkoutRoot(context), (checkout) =>
      work(checkout.repository, checkout),
    );
  }
  const repository = Repository.open(context.environment, file, { mode: 'read' });
  try {
    return await work(repository);
  } finally {
    repository.close();
  }
}

/** Like {@link readChosen}, to write. */
export async function writeChosen<T>(
  context: CommandContext,
  work: (repository: Repository, checkout?: Checkout) => T | Promise<T>,
): Promise<T> {
  const { environment, interaction } = context;
  const file = chosenFile(context);
  if (file !== undefined) return writeRepository(environment, file, interaction, (repository) => work(repository));
  return writeCheckout(environment, await checkoutRoot(context), interaction, (checkout) =>
    work(checkout.repository, checkout),
  );
}

/** The absolute path of the repository file that a command means. @param positional - an argument that names it */
export async function chosenPath(context: CommandContext, positional?: string): Promise<string> {
  if (positional !== undefined) return absolutePath(context.terminal, positional);
  return (
    chosenFile(context) ??
    readCheckout(context.environment, await checkoutRoot(context), (checkout) => checkout.repository.path)
  );
}

/** The repository file of `-R`; undefined: that of the checkout around is meant. */
export function chosenFile({ terminal, options }: CommandContext): string | undefined {
  const file = textOption(options, 'repository');
  return file === undefined ? undefined : absolutePath(terminal, file);
}
