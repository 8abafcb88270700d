import { hasName } from '../codec/artifact-name';
import { textOf, utf8 } from '../codec/utf8';
import { EngineError, hasCode } from '../errors';
import type { Hash } from '../identifiers';
import type { FileStatus } from '../platform/file-system';
import type { FilePermission } from '../repository/checkin-files';
import type { Checkout } from './checkout';
import { allowsSymlinks } from './checkout-settings';
import { isWritableName } from './file-name';
import { directoriesAbove } from './paths';

/** The files of a checkout on disk, read and written as Fossil does: links are links only where the setting allows it. */
export class WorkingTree {
  readonly #checkout: Checkout;
  readonly allowsSymlinks: boolean;

  constructor(checkout: Checkout) {
    this.#checkout = checkout;
    this.allowsSymlinks = allowsSymlinks(checkout);
  }

  /** @returns what stands at a path, seen through a link unless links are managed; undefined when nothing does */
  status(path: string): Promise<FileStatus | undefined> {
    return this.#checkout.environment.fs.status(this.#checkout.absolute(path), { followLinks: !this.allowsSymlinks });
  }

  /** Content as Fossil stores it: of a managed link, its target. @throws EngineError `file-missing`, `file-access` */
  async read(path: string, status: FileStatus): Promise<Uint8Array> {
    const { fs } = this.#checkout.environment;
    const absolute = this.#checkout.absolute(path);
    return status.kind === 'symlink' ? utf8(await fs.readLink(absolute)) : fs.read(absolute);
  }

  /** @returns whether a file with exactly this content stands there */
  async holds(path: string, hash: Hash, size: number): Promise<boolean> {
    const status = await this.status(path);
    if (status === undefined || !isFileOrLink(status) || status.size !== size) return false;
    try {
      return hasName(this.#checkout.environment.hash, await this.read(path, status), hash);
    } catch (error) {
      if (hasCode(error, 'file-missing')) return false;
      throw error;
    }
  }

  /** @returns the permission of what stands there; on Windows files have none */
  permission(status: FileStatus): FilePermission {
    if (status.kind === 'symlink') return 'symlink';
    return status.kind === 'file' && status.isExecutable ? 'executable' : 'regular';
  }

  /** Writes a file of a version, with its directories. @throws EngineError `file-name-refused`, `file-access`, `disk-full` */
  async write(path: string, content: Uint8Array, permission: FilePermission): Promise<void> {
    await this.requireSafe(path);
    const { fs } = this.#checkout.environment;
    const absolute = this.#checkout.absolute(path);
    if (permission === 'symlink' && this.allowsSymlinks) {
      await fs.writeLink(absolute, textOf(content));
    } else {
      await fs.write(absolute, content, { isExecutable: permission === 'executable' });
    }
  }

  async setExecutable(path: string, isExecutable: boolean): Promise<void> {
    await this.requireSafe(path);
    await this.#checkout.environment.fs.setExecutable(this.#checkout.absolute(path), isExecutable);
  }

  /** Removes a file, and the directories that it leaves empty. */
  async remove(path: string, keptDirectories: ReadonlySet<string> = new Set()): Promise<void> {
    await this.requireSafe(path);
    const { fs } = this.#checkout.environment;
    await fs.remove(this.#checkout.absolute(path));
    for (const directory of directoriesAbove(path)) {
      if (keptDirectories.has(directory)) return;
      if (!(await fs.removeEmptyDirectory(this.#checkout.absolute(directory)))) return;
    }
  }

  /** Moves a file out of the way. @returns its new path: `NAME-original`, with a number where that is taken */
  async moveAside(path: string): Promise<string> {
    await this.requireSafe(path);
    const { fs } = this.#checkout.environment;
    for (let attempt = 0; ; attempt++) {
      const aside = attempt === 0 ? `${path}-original` : `${path}-original-${attempt}`;
      const isTaken = (await fs.status(this.#checkout.absolute(aside), { followLinks: false })) !== undefined;
      if (isTaken) continue;
      await fs.rename(this.#checkout.absolute(path), this.#checkout.absolute(aside));
      return aside;
    }
  }

  /** @returns the directory on the way to `path` that is something else: a file, or a link out of the checkout */
  async obstacleAbove(path: string): Promise<string | undefined> {
    for (const directory of directoriesAbove(path).reverse()) {
      const status = await this.#checkout.environment.fs.status(this.#checkout.absolute(directory), {
        followLinks: false,
      });
      if (status === undefined) return undefined;
      if (status.kind !== 'directory') return directory;
    }
    return undefined;
  }

  /** Nothing is written outside of the root, through a link, or over Fossil's own files, whatever a manifest says. */
  private async requireSafe(path: string): Promise<void> {
    if (!isWritableName(this.#checkout.environment.platform, path)) {
      throw new EngineError(
        'file-name-refused',
        `The version has a file named "${path}", which cannot be in a checkout here.`,
      );
    }
    const obstacle = await this.obstacleAbove(path);
    if (obstacle !== undefined) {
      throw new EngineError(
        'file-access',
        `"${path}" cannot be written: "${obstacle}" is not a directory. Move it away and try again.`,
      );
    }
  }
}

export function isFileOrLink(status: FileStatus): boolean {
  return status.kind === 'file' || status.kind === 'symlink';
}
