import type { Checkout } from './checkout';
import { checkoutSetting } from './checkout-settings';
import { isSimplePath } from '../artifact/file-name';
import { splitGlobs } from './glob-list';
import { WorkingTree } from './working-file';

/** Directories that the setting `empty-dirs` wants to exist without files, relative (fossil.md 8.4). */
export async function emptyDirectories(checkout: Checkout): Promise<string[]> {
  return splitGlobs((await checkoutSetting(checkout, 'empty-dirs')) ?? '').filter(isSimplePath);
}

/** Makes those that are missing; what stands in the way of one stays. */
export async function makeEmptyDirectories(checkout: Checkout): Promise<void> {
  const tree = new WorkingTree(checkout);
  const { fs } = checkout.environment;
  for (const directory of await emptyDirectories(checkout)) {
    const isFree = (await fs.status(checkout.absolute(directory), { followLinks: false })) === undefined;
    if (isFree && (await tree.obstacleAbove(directory)) === undefined) {
      await fs.makeDirectory(checkout.absolute(directory));
    }
  }
}
