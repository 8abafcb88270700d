import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError } from '../engine/errors';
import type { Interaction } from '../engine/operations/interaction';
import { createNodeEnvironment, type NodeEnvironmentOptions } from '../engine/platform/node-environment';
import { transportFor } from '../engine/operations/transports';
import type { Transport } from '../engine/xfer/transport';
import type { Command, CommandResult, OptionValues } from './command';
import { commands } from './commands';
import { connectionOf } from './connection-options';
import { helpOf, overview, usageOf } from './help';
import { unifySpelling } from './option-spelling';
import { progressLine } from './progress-line';
import { terminalQuestions } from './questions';
import type { Terminal } from './terminal';
import { withTranscript } from './transcript-option';
import { verboseRounds } from './verbose-rounds';

/** Options that every command takes. */
const COMMON_OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  'portable-writes': { type: 'boolean' },
  driver: { type: 'string' },
} as const;

const DRIVERS = ['auto', 'native', 'portable'] as const;

/** What else than the process's own a command may be given. */
export type Machine = Pick<NodeEnvironmentOptions, 'homeDirectory' | 'variables' | 'busyTimeout'>;

/** Runs one command. @returns the exit code: 0, or 1 with a sentence on standard error */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  machine: Machine = {},
): Promise<number> {
  const wantsJson = args.includes('--json');
  try {
    const [name, ...rest] = args;
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      const about = rest.find((word) => !word.startsWith('-'));
      terminal.print(about === undefined ? overview(commands) : helpOf(commandNamed(about), terminal.outputWidth));
      return name === undefined ? 1 : 0;
    }
    const command = commandNamed(name === '--version' ? 'version' : name);
    const { positionals, options } = parse(command, rest);
    if (options['help'] === true) {
      terminal.print(helpOf(command, terminal.outputWidth));
      return 0;
    }
    const result = await execute(command, positionals, options, terminal, machine);
    terminal.showProgress('');
    if (wantsJson && result.json !== undefined) terminal.print(JSON.stringify(result.json));
    else if (!wantsJson && result.text !== '') terminal.print(result.text);
    return (result.isGood ?? true) ? 0 : 1;
  } catch (error) {
    terminal.showProgress('');
    const { code, message } = toEngineError(error);
    if (wantsJson) terminal.print(JSON.stringify({ error: { code, message } }));
    terminal.complain(message);
    return 1;
  }
}

function commandNamed(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    throw new EngineError('usage', `There is no command "${name}". "trilobite help" lists them.`);
  }
  return command;
}

function parse(command: Command, args: string[]): { positionals: string[]; options: OptionValues } {
  let parsed;
  try {
    const options = { ...COMMON_OPTIONS, ...command.options };
    parsed = parseArgs({ args: unifySpelling(args, options), options, allowPositionals: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : '';
    const refused = /^Unknown option '(--?[^'=]+)/.exec(reason ?? '')?.[1] ?? '';
    const refusal = command.refuses?.[refused];
    if (refusal !== undefined) throw new EngineError('usage', `${refused}: ${refusal}`, { cause });
    const hint = args.includes('--httptrace') ? ' --transcript FILE keeps all that is said, secrets removed.' : '';
    throw new EngineError('usage', `${reason}.${hint} Usage: ${usageOf(command)}`, { cause });
  }
  const { positionals } = parsed;
  const options: OptionValues = parsed.values;
  const { least, most } = command.arity;
  if (options['help'] !== true && (positionals.length < least || positionals.length > most)) {
    throw new EngineError('usage', `Usage: ${usageOf(command)}`);
  }
  return { positionals, options };
}

async function execute(
  command: Command,
  positionals: string[],
  options: OptionValues,
  terminal: Terminal,
  machine: Machine,
): Promise<CommandResult> {
  const environment = await createNodeEnvironment({ ...machine, driver: driverOf(options), pool: poolOf() });
  try {
    const interaction: Interaction = {
      questions: terminalQuestions(terminal, { allowPortableWrites: options['portable-writes'] === true }),
      signal: terminal.interrupted,
      onProgress: (progress) => terminal.showProgress(progressLine(progress, terminal.width)),
      // The one line of JSON stays alone on standard output.
      ...(options['verbose'] === true
        ? {
            onEvent: verboseRounds((line) =>
              options['json'] === true ? terminal.complain(line) : terminal.print(line),
            ),
          }
        : {}),
    };
    const plainTransport = transportFor(environment, connectionOf(options, terminal));
    const run = (transport: Transport): Promise<CommandResult> =>
      command.run({ environment, transport, interaction, terminal, positionals, options });
    if (command.recordsItself === true) return await run(plainTransport);
    return await withTranscript(plainTransport, environment, { options, terminal }, run);
  } finally {
    await environment.pool.close();
  }
}

function driverOf(options: OptionValues): (typeof DRIVERS)[number] {
  const driver = DRIVERS.find((name) => name === (options['driver'] ?? 'auto'));
  if (driver === undefined) throw new EngineError('usage', `--driver takes one of ${DRIVERS.join(', ')}.`);
  return driver;
}

/** Workers when bundled, where their entry stands beside the command line; in this thread otherwise. */
function poolOf(): NonNullable<NodeEnvironmentOptions['pool']> {
  return path.basename(__filename) === 'command-line.js'
    ? { workerFile: path.join(__dirname, 'compute.js') }
    : 'inline';
}

/** What no module expected becomes a sentence too; the details go to standard error only when asked for. */
function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineError('internal', `Trilobite failed in a way it should not: ${reason}`, { cause: error });
}
