import { findCheckout } from '../engine/checkout/checkout';
import { EngineError } from '../engine/errors';
import {
  changeSetting,
  changeUserSetting,
  readSettings,
  type SettingEntry,
  type SettingsOwner,
} from '../engine/operations/settings';
import { noSetting, requireSetting, settingsNamed } from '../engine/repository/setting-names';
import { readChosen, REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import type { Command, CommandContext, CommandResult } from './command';

const OPTIONS = {
  ...REPOSITORY_OPTION,
  global: { type: 'boolean' },
  exact: { type: 'boolean' },
} as const;

export const settingsCommand: Command = {
  name: 'settings',
  usage: '[NAME [VALUE]] [--global] [--exact] [-R FILE]',
  summary: 'Show or change settings of a repository, or of the user with --global',
  options: OPTIONS,
  arity: { least: 0, most: 2 },
  run(context) {
    const [name, value] = context.positionals;
    return name !== undefined && value !== undefined ? change(context, name, value) : show(context, name);
  },
};

export const setCommand: Command = { ...settingsCommand, name: 'set', summary: 'The same as settings' };

export const unsetCommand: Command = {
  name: 'unset',
  usage: 'NAME [--global] [--exact] [-R FILE]',
  summary: 'Take a setting back to its default',
  options: OPTIONS,
  arity: { least: 1, most: 1 },
  run: (context) => change(context, context.positionals[0] ?? '', undefined),
};

async function show(context: CommandContext, text: string | undefined): Promise<CommandResult> {
  const isExact = text !== undefined && context.options['exact'] === true;
  const names = settingsNamed(text ?? '', { exact: isExact });
  if (names.length === 0) throw noSetting(text ?? '');
  const read = (owner: SettingsOwner): Promise<SettingEntry[]> => readSettings(context.environment, owner, names);
  const entries = (await isForUser(context))
    ? await read({})
    : await readChosen(context, (repository, checkout) =>
        read({ repository, ...(checkout === undefined ? {} : { checkout }) }),
      );
  return { text: entries.flatMap(linesOf).join('\n'), json: entries };
}

async function change(context: CommandContext, text: string, value: string | undefined): Promise<CommandResult> {
  const name = requireSetting(text, { exact: context.options['exact'] === true });
  if (await isForUser(context)) await changeUserSetting(context.environment, context.interaction, name, value);
  else await writeChosen(context, (repository, checkout) => changeSetting(repository, checkout, name, value));
  return { text: '', json: { name, ...(value === undefined ? {} : { value }) } };
}

/** Outside of every checkout, Fossil takes the user's settings to be meant. */
async function isForUser({ environment, terminal, options }: CommandContext): Promise<boolean> {
  if (options['global'] === true) {
    if (options['repository'] === undefined) return true;
    throw new EngineError('usage', 'Give either --global or -R FILE, not both.');
  }
  return options['repository'] === undefined && (await findCheckout(environment, terminal.directory)) === undefined;
}

/** As Fossil 2.21 shows it. */
function linesOf({ name, value, scope, isVersioned }: SettingEntry): string[] {
  const place = `(${scope ?? ''})`;
  return [
    value === undefined ? name.padEnd(20) : `${name.padEnd(20)} ${place.padEnd(8)} ${value}`,
    ...(isVersioned ? [`  (overridden by contents of file .fossil-settings/${name})`] : []),
  ];
}
