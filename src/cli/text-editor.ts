import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { EngineError } from '../engine/errors';
import type { Environment } from '../engine/platform/environment';
import { shellWord } from './shell-word';

/** A text that was given to an editor. */
export interface EditedText {
  content: Uint8Array;
  /** Takes the file that was edited away, once what it holds has another place. */
  discard(): Promise<void>;
  /** Where it lies until then. */
  file: string;
}

/**
 * Lets the user change a text in an editor, on the terminal of this process, and waits for its end.
 * @param editor - what the setting `editor` says: a command line, to which the file's name is added; absent: `$VISUAL`, else `$EDITOR`
 * @param name - the text's name: its last part is the file's, so that editors know what kind of text it is
 * @throws EngineError `usage` where no editor is known, `file-access` when it ended with an error; nothing is left behind then
 */
export async function editText(
  { variables, platform }: Environment,
  editor: string | undefined,
  name: string,
  content: Uint8Array,
): Promise<EditedText> {
  const command = [editor, variables['VISUAL'], variables['EDITOR']].find((text) => (text ?? '').trim() !== '');
  if (command === undefined) {
    throw new EngineError('usage', 'No text editor is known. Set the variable VISUAL or the setting "editor" to one.');
  }
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-edit-'));
  const discard = (): Promise<void> => fs.rm(directory, { recursive: true, force: true });
  const file = path.join(directory, path.posix.basename(name));
  try {
    await fs.writeFile(file, content, { mode: 0o600 });
    await runEditor(`${command} ${shellWord(file, platform)}`, variables);
    return { content: await fs.readFile(file), file, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** The user's own command line, options and all: a shell takes it apart, as Fossil has it. */
function runEditor(commandLine: string, variables: Environment['variables']): Promise<void> {
  const editor = spawn(commandLine, { shell: true, stdio: 'inherit', env: variables });
  return new Promise((resolve, reject) => {
    const fail = (cause?: Error): void =>
      reject(new EngineError('file-access', `The editor failed, so nothing was changed: ${commandLine}`, { cause }));
    editor.once('error', fail);
    editor.once('close', (code) => (code === 0 ? resolve() : fail()));
  });
}
