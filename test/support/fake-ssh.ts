import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * A program `ssh` that runs what it is told on this computer, as the shell of another one would. In `directory`, which the caller
 * removes: `bin` with the program, `home` for the user there, and a note of every call.
 */
export class FakeSsh {
  private constructor(
    private readonly directory: string,
    /** Variables under which it is found. */
    public readonly variables: Readonly<Record<string, string | undefined>>,
  ) {}

  /**
   * @param options.programs - shell scripts that are found on the other computer before those of this one, by name
   * @param options.first - a line of shell that runs before anything else
   */
  public static async make(
    directory: string,
    options: { programs?: Record<string, string>; first?: string } = {},
  ): Promise<FakeSsh> {
    const [bin, far, home] = [join(directory, 'bin'), join(directory, 'far'), join(directory, 'home')];
    for (const each of [bin, far, home]) await mkdir(each, { recursive: true });
    await script(
      join(bin, 'ssh'),
      `${options.first ?? ':'}
for each in "$@"; do printf '%s\\n' "$each"; done >> '${join(directory, 'calls')}'
printf '\\n' >> '${join(directory, 'calls')}'
while [ $# -gt 0 ]; do case "$1" in --) shift; break;; -e|-o|-p|-i) shift 2;; *) shift;; esac; done
shift
export SSH_CONNECTION='127.0.0.1 1 127.0.0.1 22' HOME='${home}' PATH='${far}${delimiter}'"$PATH"
cd '${home}'
exec sh -c "$*"`,
    );
    for (const [name, text] of Object.entries(options.programs ?? {})) await script(join(far, name), text);
    const variables = {
      ...process.env,
      PATH: bin + delimiter + (process.env['PATH'] ?? ''),
      USER: 'tester',
      HOME: home,
    };
    return new FakeSsh(directory, variables);
  }

  /** The home directory on the other computer. */
  public get home(): string {
    return join(this.directory, 'home');
  }

  /** The arguments of every call so far. */
  public async calls(): Promise<string[][]> {
    const notes = await readFile(join(this.directory, 'calls'), 'utf8').catch(() => '');
    return notes
      .split('\n\n')
      .filter((call) => call !== '')
      .map((call) => call.split('\n'));
  }
}

/** A script that passes its input to a port of this computer and what comes from there to its output: `NAME test-http PORT`. */
export const BRIDGE = `exec '${process.execPath}' -e '
const socket = require("net").connect(Number(process.argv[1]), "127.0.0.1");
process.stdin.pipe(socket).on("close", () => process.stdout.write("", () => process.exit())).on("error", () => process.exit(1));
socket.pipe(process.stdout);
' "$2"`;

async function script(file: string, text: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
}
