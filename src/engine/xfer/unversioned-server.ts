import { isAddablePath } from '../artifact/file-name';
import { hasUnforgedName } from '../codec/artifact-name';
import { isHash } from '../identifiers';
import type { Repository } from '../repository/repository';
import { settingFlag } from '../repository/setting-flag';
import { UnversionedFiles, type UnversionedFile } from '../repository/unversioned';
import { unversionedStanding } from '../repository/unversioned-standing';
import type { Card, UnversionedFileCard } from './card';
import { nameOrigin } from './name-origin';
import { MAX_DOWNLOAD_BYTES } from './server-exchange';
import type { ServerContext, ServerPart } from './server-part';
import { isSha3, refuseSha3 } from './sha3-refusal';
import { sizesTogether } from './unversioned-measure';
import { writeUnversionedFile } from './write-unversioned';

/** Pragmas by which a client of ours learns how large files are when they are compressed (docs/protocol-extensions.md). */
export const PACKED_SIZES = 'trilobite-uv-sizes';
export const PACKED_SIZE = 'trilobite-uv-size';
export const PACKED_SIZES_VERSION = '1';

/**
 * Unversioned files of a server (fossil.md 2.3, 2.5): tells its catalogue to whoever has others, sends what is asked for, and takes what
 * is younger from those who may write it.
 */
export class UnversionedServer implements ServerPart {
  #isCatalogueSettled = false;
  #tellsSizes = false;
  #hasChanged = false;

  writes(card: Card, context: ServerContext): boolean {
    return card.kind === 'uvfile' && context.permissions.mayWriteUnversioned;
  }

  take(card: Card, context: ServerContext): boolean {
    switch (card.kind) {
      case 'clone':
        if (card.sequence <= 1) this.#offerToClone(context);
        return false;
      case 'pragma':
        if (card.name === PACKED_SIZES) {
          this.#tellsSizes = card.parameters[0] === PACKED_SIZES_VERSION;
          return true;
        }
        if (card.name !== 'uv-hash') return false;
        this.#compare(card.parameters[0], context);
        return true;
      case 'uvgimme':
        send(card.name, context);
        return true;
      case 'uvfile':
        this.#store(card, context);
        return true;
      // Stock clients announce so what finds no room in their message, and offer it again with the next sync.
      case 'uvigot':
        return true;
      default:
        return false;
    }
  }

  finish({ repository }: ServerContext): void {
    if (this.#hasChanged) new UnversionedFiles(repository).digest();
  }

  #offerToClone(context: ServerContext): void {
    const { repository, reply, permissions } = context;
    if (!permissions.mayClone || this.#isCatalogueSettled || !settingFlag(repository, 'uv-sync', false)) return;
    reply.pragma('uv-pull-only');
    writeCatalogue(context);
    this.#isCatalogueSettled = true;
  }

  #compare(digest: string | undefined, context: ServerContext): void {
    const { repository, reply, permissions, isReadOnly } = context;
    if (this.#isCatalogueSettled || digest === undefined || !isHash(digest) || !permissions.mayRead) return;
    this.#isCatalogueSettled = true;
    if (digest === new UnversionedFiles(repository).digest()) return;
    reply.pragma(permissions.mayWriteUnversioned && !isReadOnly ? 'uv-push-ok' : 'uv-pull-only');
    writeCatalogue(context, { withSizes: this.#tellsSizes });
  }

  #store(card: UnversionedFileCard, context: ServerContext): void {
    const { repository, permissions, isReadOnly } = context;
    const { name, mtime, hash } = card;
    if (!permissions.mayWriteUnversioned || isReadOnly)
      context.refuse('Write permissions for unversioned files missing');
    const files = new UnversionedFiles(repository);
    const standing = unversionedStanding(files.find(name), card);
    nameOrigin(context);
    if (standing === 'their-time') files.setTime(name, mtime);
    else if (standing !== 'theirs' && standing !== 'unknown') return;
    else if (hash === undefined) files.markDeleted(name, mtime);
    else {
      const content = contentOf(card, context);
      // Whoever has only the name of a file has nothing to give for ours.
      if (content === undefined) return;
      files.put({ name, mtime, hash }, content);
    }
    this.#hasChanged = true;
  }
}

/** @returns the content as it was announced; undefined where it is left out */
function contentOf({ hash, content }: UnversionedFileCard, context: ServerContext): Uint8Array | undefined {
  if (hash === undefined || content === undefined) return undefined;
  if (hasUnforgedName(context.repository.environment.hash, content, hash)) return content;
  // Fossil sends a file whose content it never got as an empty one.
  if (content.length === 0) return undefined;
  return context.refuse('in uvfile line, HASH does not match CONTENT');
}

/** Deleted files too. A name that clients would refuse stays here: the whole reply would fail on it. */
function writeCatalogue({ repository, reply }: ServerContext, options: { withSizes?: boolean } = {}): void {
  const files = new UnversionedFiles(repository).list({ withDeleted: true });
  const catalogue = files.filter(({ name }) => isAddablePath(name) && !/\s/.test(name));
  const sizes = options.withSizes === true ? sizesOf(repository, catalogue) : new Map<string, number>();
  for (const file of catalogue) {
    const { name, storedSize } = file;
    if (options.withSizes === true && storedSize !== undefined) {
      const together = sizes.get(name);
      reply.pragma(PACKED_SIZE, PACKED_SIZES_VERSION, name, storedSize, ...(together === undefined ? [] : [together]));
    }
    reply.card('uvigot', ...entryOf(file));
  }
}

/** Of each repository as it was when it was asked last: all clients want to know the same. */
const measured = new WeakMap<Repository, { digest: string; sizes: ReadonlyMap<string, number> }>();

function sizesOf(repository: Repository, catalogue: readonly UnversionedFile[]): ReadonlyMap<string, number> {
  const digest = new UnversionedFiles(repository).digest();
  const known = measured.get(repository);
  if (known?.digest === digest) return known.sizes;
  const files = catalogue.filter(({ storedSize }) => storedSize !== undefined);
  const sizes = sizesTogether(repository, files, { messageBytes: MAX_DOWNLOAD_BYTES, withRounds: false });
  measured.set(repository, { digest, sizes });
  return sizes;
}

/** Fossil asks for no right here; who may neither read nor clone gets nothing from us. A full reply names the file only. */
function send(name: string, context: ServerContext): void {
  const { repository, reply, permissions } = context;
  if (!permissions.mayRead && !permissions.mayClone) return;
  const files = new UnversionedFiles(repository);
  const file = files.find(name);
  if (file === undefined) return;
  if (file.hash !== undefined && isSha3(file.hash) && !context.takesSha3) refuseSha3(reply);
  else if (!context.takesContent()) reply.card('uvigot', ...entryOf(file));
  else writeUnversionedFile(files, name, reply, { isTimeOnly: false });
}

function entryOf({ name, mtime, hash, size }: UnversionedFile): (string | number)[] {
  return hash === undefined ? [name, mtime, '-', 0] : [name, mtime, hash, size];
}
