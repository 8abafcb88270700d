import { EngineError } from '../errors';
import type { Checkout } from './checkout';
import type { ManagedFile } from './managed-files';
import { pathWithin, resolvePath } from './paths';

/**
 * A path as a caller names it, absolute or relative to the root, as Fossil stores it.
 * @returns relative with `/`; empty for the root
 * @throws EngineError `file-name-refused` when it lies outside of the checkout
 */
export function treePath(checkout: Checkout, path: string): string {
  const within = pathWithin(
    checkout.environment,
    checkout.root,
    resolvePath(checkout.environment, checkout.root, path),
  );
  if (within !== undefined) return within;
  throw new EngineError('file-name-refused', `${path} is not inside the checkout ${checkout.root}.`);
}

/** @returns whether `path` is `tree` or lies below it; the empty tree is the root */
export function isWithinTree(tree: string, path: string): boolean {
  return tree === '' || path === tree || path.startsWith(`${tree}/`);
}

/**
 * The managed files that the paths name, a directory naming all below it; a renamed file also answers to its former name.
 * @throws EngineError `file-not-managed` naming the first path that no managed file answers to
 */
export function selectFiles(
  checkout: Checkout,
  files: readonly ManagedFile[],
  paths: readonly string[],
): Set<ManagedFile> {
  const selected = new Set<ManagedFile>();
  for (const path of paths) {
    const tree = treePath(checkout, path);
    const named = files.filter(
      (file) => isWithinTree(tree, file.path) || (file.formerPath !== undefined && isWithinTree(tree, file.formerPath)),
    );
    if (named.length === 0 && tree !== '') {
      throw new EngineError('file-not-managed', `"${tree}" is not managed in this checkout. Add it first.`);
    }
    named.forEach((file) => selected.add(file));
  }
  return selected;
}
