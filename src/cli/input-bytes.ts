import { absolutePath } from './absolute-path';
import type { CommandContext } from './command';

/** Stands for standard output or input instead of a file. */
export const STANDARD_STREAM = '-';

/** What a file holds, or all of standard input. */
export async function inputBytes(
  { environment, terminal }: Pick<CommandContext, 'environment' | 'terminal'>,
  name: string,
): Promise<Uint8Array> {
  if (name !== STANDARD_STREAM) return environment.fs.read(absolutePath(terminal, name));
  const chunks: Uint8Array[] = [];
  for await (const chunk of terminal.readAll()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
