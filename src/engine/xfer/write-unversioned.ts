import type { UnversionedFiles } from '../repository/unversioned';
import type { MessageWriter } from './message-writer';

/**
 * Writes the `uvfile` card of a file, or of the mark of its deletion; nothing for a name that is not there.
 * @param options.isTimeOnly - the other side has the content
 */
export function writeUnversionedFile(
  files: UnversionedFiles,
  name: string,
  message: MessageWriter,
  options: { isTimeOnly: boolean },
): void {
  const file = files.find(name);
  if (file !== undefined) message.unversionedFile(file, options.isTimeOnly ? undefined : files.content(name));
}
