import { packContainer } from '../codec/container';
import type { Repository } from '../repository/repository';
import { UnversionedFiles, type UnversionedFile } from '../repository/unversioned';
import { MessageWriter } from './message-writer';

/** Larger files have little in common with those beside them: compression looks back by 32 KiB. */
const LARGEST_MEASURED = 512 * 1024;
/** Content of files that is compressed for measuring: at 2 MB that takes about 0.1 s. */
const MEASURED_BYTES = 2 * 1024 * 1024;
/** A file saves by what stands before it at its begin, about so far. */
const LIKE_OTHERS = 8000;
/** Bytes of a `uvfile` card's line when it is compressed. */
const CARD = 46;
/** Bytes of a message and its reply besides what they are about. */
export const ROUND = 330;

type File = Pick<UnversionedFile, 'name' | 'size' | 'storedSize' | 'hash' | 'mtime'>;

/**
 * Bytes on the wire of unversioned files with their cards, when all of them travel in this order: messages are compressed as a whole, and
 * files that are much like each other take less together than each for itself.
 * @param options.messageBytes - uncompressed, of a full message
 * @param options.withRounds - with what each message and its reply take besides
 * @returns by name, of as many as time allows
 */
export function sizesTogether(
  repository: Repository,
  files: readonly File[],
  options: { messageBytes: number; withRounds: boolean },
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const contents = new UnversionedFiles(repository);
  let bytes = 0;
  let next = 0;
  while (next < files.length && bytes < MEASURED_BYTES) {
    const message = new MessageWriter();
    const measured: File[] = [];
    for (let plain = 0; plain < options.messageBytes && next < files.length; next++) {
      const file = files[next] as File;
      plain += file.size;
      if (file.size > LARGEST_MEASURED || bytes >= MEASURED_BYTES) continue;
      message.unversionedFile(file, contents.content(file.name));
      measured.push(file);
      bytes += file.size;
    }
    const { length } = packContainer(repository.environment.zlib, message.bytes());
    share(length + (options.withRounds ? ROUND : 0), measured, sizes);
  }
  return sizes;
}

/** Spreads the bytes of a message over its files: each takes what it is stored in, but for what it has in common with others. */
function share(bytes: number, files: readonly File[], sizes: Map<string, number>): void {
  const alone = files.map(({ storedSize = 0 }) => CARD + storedSize);
  const common = alone.map((size) => Math.min(size, LIKE_OTHERS));
  const saved = (sum(alone) - bytes) / Math.max(1, sum(common));
  files.forEach(({ name }, index) => {
    sizes.set(name, Math.max(0, Math.round((alone[index] ?? 0) - saved * (common[index] ?? 0))));
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
