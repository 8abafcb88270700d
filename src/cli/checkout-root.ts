import * as path from 'node:path';
import { findCheckout } from '../engine/checkout/checkout';
import { EngineError } from '../engine/errors';
import { absolutePath } from './absolute-path';
import type { CommandContext } from './command';

/** The root of the checkout that holds a directory, by default the one the command was started in. @throws `not-a-checkout` */
export async function checkoutRoot({ environment, terminal }: CommandContext, directory = '.'): Promise<string> {
  const start = absolutePath(terminal, directory);
  const root = await findCheckout(environment, start);
  if (root !== undefined) return root;
  throw new EngineError(
    'not-a-checkout',
    `${start} is not inside a checkout. Make one with "trilobite open FILE DIR".`,
  );
}

/** Paths of the command line as the checkout names them: relative to its root, with `/`. */
export function managedPaths({ terminal }: CommandContext, root: string, names: readonly string[]): string[] {
  return names.map((name) => {
    const relative = path.relative(root, absolutePath(terminal, name));
    if (relative.split(path.sep)[0] === '..' || path.isAbsolute(relative)) {
      throw new EngineError('file-name-refused', `${name} is outside of the checkout at ${root}.`);
    }
    return relative.split(path.sep).join('/');
  });
}
