import type { Environment } from '../engine/platform/environment';
import type { Interaction } from '../engine/operations/interaction';
import type { Transport } from '../engine/xfer/transport';
import type { Terminal } from './terminal';

/** Values of the options that were given, by name. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** What a command works with. */
export interface CommandContext {
  environment: Environment;
  transport: Transport;
  interaction: Interaction;
  terminal: Terminal;
  /** Arguments that are no options. */
  positionals: string[];
  options: OptionValues;
}

/** What a command has to say in the end. */
export interface CommandResult {
  /** Lines for people. */
  text: string;
  /** The value of `--json`; undefined when the command has printed it before it ended. */
  json: unknown;
  /** False ends the process with exit code 1 though nothing failed: a verification that found something wrong. */
  isGood?: boolean;
}

/** One verb of the command line. */
export interface Command {
  name: string;
  /** Arguments and options, as the usage line shows them. */
  usage: string;
  /** One line for `--help`. */
  summary: string;
  options: Readonly<Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }>>;
  /** Options of Fossil's that it does not have, as they are written (`--tk`, `-b`): why not, and what there is instead. */
  refuses?: Readonly<Record<string, string>>;
  /** Its option `transcript` is not about what it asks of a server. */
  recordsItself?: boolean;
  /** How many arguments it takes. */
  arity: { least: number; most: number };
  run(context: CommandContext): Promise<CommandResult>;
}

/** @returns the option's text, or undefined when it was not given */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** @returns the texts of an option that may be given several times, in their order */
export function textOptions(options: OptionValues, name: string): string[] {
  const values = options[name];
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}

/** @returns an object with the option under a key, or without it when it was not given */
export function given<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, string>>);
}
