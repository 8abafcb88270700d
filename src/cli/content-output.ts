import { byteTextOf, bytesOfText } from '../engine/codec/byte-text';
import { textOf } from '../engine/codec/utf8';
import { EngineError } from '../engine/errors';
import { absolutePath } from './absolute-path';
import type { CommandContext, CommandResult } from './command';
import { textOption } from './command';

/** Where content goes instead of standard output. */
export const OUTPUT_OPTION = { out: { type: 'string', short: 'o' } } as const;

/** Bytes of one content: a text of more, with what its characters may become, is longer than V8 can hold. */
const LARGEST_IN_JSON = 64 * 1024 * 1024;

/** Something with content, as the repository has it. */
export interface Contents {
  hash: string;
  content: Uint8Array;
}

/** Prints contents one after the other, byte by byte, or writes them to the file of `-o`; with `--json` they are in the result. */
export async function outputContents(
  context: CommandContext,
  contents: readonly Contents[],
  file = textOption(context.options, 'out'),
): Promise<CommandResult> {
  const { environment, terminal, options } = context;
  if (file !== undefined && file !== '-') {
    const bytes = Buffer.concat(contents.map(({ content }) => content));
    await environment.fs.writeInto(absolutePath(terminal, file), bytes);
    return { text: '', json: { file, size: bytes.length, contents: contents.map(({ hash }) => hash) } };
  }
  if (options['json'] === true) return { text: '', json: contents.map(describeContents) };
  for (const { content } of contents) terminal.write(content);
  return { text: '', json: undefined };
}

/** Text where it is text, else base64. */
function describeContents({ content, ...rest }: Contents): object {
  if (content.length > LARGEST_IN_JSON) {
    throw new EngineError(
      'artifact-too-large',
      `Artifact ${rest.hash} has ${content.length} bytes, too many for --json. Write it to a file with -o.`,
    );
  }
  const text = textOf(content);
  const isText = byteTextOf(content) === text && !content.includes(0) && bytesOfText(text).length === content.length;
  const size = content.length;
  return isText ? { ...rest, size, text } : { ...rest, size, base64: Buffer.from(content).toString('base64') };
}
