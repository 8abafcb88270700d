import { unescapeUrlPath } from '../engine/codec/url-escapes';
import { absolutePath } from './absolute-path';
import type { CommandContext } from './command';

/**
 * What stands for a server among the arguments, in the form that does not depend on where the command was started: a relative path of a
 * repository file becomes an absolute one (`../other.fossil`, `file:other.fossil`, `file://./other.fossil`). A bare word is the name of a
 * remote; a file without a suffix is given as `./NAME`.
 */
export async function serverAddress({ environment, terminal }: CommandContext, reference: string): Promise<string> {
  const relative = unescapeUrlPath(/^file:(?:\/\/)?(?!\/)(.+)$/i.exec(reference)?.[1] ?? '') ?? '';
  if (relative !== '') return absolutePath(terminal, relative);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(reference) || !/[/\\]|\.(?:fossil|fsl)$/i.test(reference)) return reference;
  const file = absolutePath(terminal, reference);
  return (await environment.fs.status(file))?.kind === 'file' ? file : reference;
}
