import { textOf, utf8 } from '../codec/utf8';
import { isHash } from '../identifiers';
import type { Checkout } from './checkout';
import { manifestFileSetting } from './checkout-settings';
import { managedFile } from './managed-files';
import { WorkingTree } from './working-file';

const sterilizer = '# Remove this line to create a well-formed Fossil manifest.\n';

/**
 * Writes `manifest`, `manifest.uuid` and `manifest.tags` of the checked-out version, or removes them, as the setting `manifest`
 * wants (fossil.md 8.4). Managed files of these names are the user's own.
 */
export async function writeManifestFiles(checkout: Checkout): Promise<void> {
  const wanted = await manifestFileSetting(checkout);
  const tree = new WorkingTree(checkout);
  await writeOrRemove(checkout, tree, 'manifest', wanted.manifest ? manifestText : undefined);
  await writeOrRemove(checkout, tree, 'manifest.uuid', wanted.hash ? hashText : undefined);
  await writeOrRemove(checkout, tree, 'manifest.tags', wanted.tags ? tagsText : undefined);
}

async function writeOrRemove(
  checkout: Checkout,
  tree: WorkingTree,
  path: string,
  text: ((checkout: Checkout) => string) | undefined,
): Promise<void> {
  if (checkout.current === 0) return;
  if (text !== undefined) await tree.write(path, utf8(text(checkout)), 'regular');
  else if (managedFile(checkout, path) === undefined && (await isGenerated(tree, path))) await tree.remove(path);
}

/** Fossil removes whatever has such a name; a file that is the user's own stays here. */
async function isGenerated(tree: WorkingTree, path: string): Promise<boolean> {
  const status = await tree.status(path);
  if (status?.kind !== 'file') return false;
  const text = textOf(await tree.read(path, status));
  if (path === 'manifest') return /^[BCD] /.test(text) && /\nZ [0-9a-f]{32}\n/.test(text);
  return path === 'manifest.uuid' ? isHash(text.trimEnd()) : text.startsWith('branch ');
}

/** With a line after it, so that it is never taken for an artifact. */
function manifestText(checkout: Checkout): string {
  return textOf(checkout.repository.blobs.content(checkout.current)) + sterilizer;
}

function hashText(checkout: Checkout): string {
  return `${checkout.repository.blobs.hash(checkout.current)}\n`;
}

function tagsText(checkout: Checkout): string {
  const tags = checkout.repository.db
    .prepare(
      `SELECT tagname, value FROM main.tagxref JOIN main.tag USING(tagid)
        WHERE rid=? AND tagtype>0 AND (tagname='branch' OR tagname GLOB 'sym-*') ORDER BY tagxref.rowid`,
    )
    .all<{ tagname: string; value: string | null }>(checkout.current);
  const branch = tags.find(({ tagname }) => tagname === 'branch')?.value ?? 'trunk';
  const names = tags.filter(({ tagname }) => tagname !== 'branch').map(({ tagname }) => tagname.slice('sym-'.length));
  return [`branch ${branch}`, ...names.map((name) => `tag ${name}`), ''].join('\n');
}
