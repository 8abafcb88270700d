import { defaultCommitter } from '../engine/operations/committer';
import { EngineError } from '../engine/errors';
import type { Checkout } from '../engine/checkout/checkout';
import type { Repository } from '../engine/repository/repository';
import {
  createUser,
  listUsers,
  requireUser,
  setCapabilities,
  setContact,
  setPassword,
} from '../engine/repository/users';
import { readChosen, REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import type { Command, CommandContext, CommandResult } from './command';
import { newPassword } from './new-password';
import { requireArguments, subcommandOf } from './subcommand';

const SUBCOMMANDS = ['capabilities', 'contact', 'default', 'list', 'ls', 'new', 'password'] as const;

export const userCommand: Command = {
  name: 'user',
  usage: `ls | new [LOGIN [CONTACT]] | password LOGIN | capabilities LOGIN [LETTERS] | contact LOGIN [TEXT] | default [LOGIN]
       [-R FILE] [--password-stdin]`,
  summary: 'Show and change the users of a repository',
  options: { ...REPOSITORY_OPTION, 'password-stdin': { type: 'boolean' } },
  arity: { least: 1, most: 4 },
  run(context) {
    const [word, ...rest] = context.positionals;
    switch (subcommandOf(word, SUBCOMMANDS)) {
      case 'capabilities':
        return capabilities(context, rest);
      case 'contact':
        return contact(context, rest);
      case 'default':
        return defaultUser(context, rest);
      case 'list':
      case 'ls':
        return list(context, rest);
      case 'new':
        return create(context, rest);
      case 'password':
        return password(context, rest);
    }
  },
};

function list(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'user ls');
  return readChosen(context, (repository) => {
    const users = listUsers(repository);
    return { text: users.map((user) => `${user.login.padEnd(12)} ${user.contact}`).join('\n'), json: users };
  });
}

async function create(context: CommandContext, rest: string[]): Promise<CommandResult> {
  refusePassword(rest, 2);
  const login = rest[0] ?? (await context.terminal.ask('login: ')) ?? '';
  const known = await readChosen(context, (repository) => listUsers(repository).some((user) => user.login === login));
  if (known) throw new EngineError('usage', `There is a user "${login}" already.`);
  const contactText = rest[1] ?? (await context.terminal.ask('contact-info: ')) ?? '';
  const secret = (await newPassword(context, `Password of ${login}: `)) ?? '';
  return writeChosen(context, (repository) => {
    repository.transaction(() => createUser(repository, { login, contact: contactText, password: secret }));
    const user = requireUser(repository, login);
    return { text: `Added ${login} with capabilities ${user.capabilities}.`, json: user };
  });
}

async function password(context: CommandContext, rest: string[]): Promise<CommandResult> {
  refusePassword(rest, 1);
  requireArguments(rest, 1, 1, 'user password LOGIN [--password-stdin]');
  const [login = ''] = rest;
  await readChosen(context, (repository) => requireUser(repository, login));
  const secret = await newPassword(context, `New password for ${login}: `);
  if (secret === undefined) return { text: 'The password is unchanged.', json: { login, isChanged: false } };
  return writeChosen(context, (repository) => {
    repository.transaction(() => setPassword(repository, login, secret));
    return { text: `The password of ${login} has been changed.`, json: { login, isChanged: true } };
  });
}

function capabilities(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, 2, 'user capabilities LOGIN [LETTERS]');
  const [login = '', letters] = rest;
  return showOrChange(context, letters, 'capabilities', login, (repository, value) =>
    setCapabilities(repository, login, value),
  );
}

function contact(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, 2, 'user contact LOGIN [TEXT]');
  const [login = '', text] = rest;
  return showOrChange(context, text, 'contact', login, (repository, value) => setContact(repository, login, value));
}

function showOrChange(
  context: CommandContext,
  value: string | undefined,
  field: 'capabilities' | 'contact',
  login: string,
  change: (repository: Repository, value: string) => void,
): Promise<CommandResult> {
  const show = (repository: Repository): CommandResult => {
    const user = requireUser(repository, login);
    return { text: user[field], json: user };
  };
  if (value === undefined) return readChosen(context, show);
  return writeChosen(context, (repository) => {
    repository.transaction(() => change(repository, value));
    return show(repository);
  });
}

function defaultUser(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 1, 'user default [LOGIN]');
  const [login] = rest;
  const show = (repository: Repository, checkout?: Checkout): CommandResult => {
    const user = defaultCommitter(repository, checkout);
    return { text: user ?? '', json: { user: user ?? null } };
  };
  if (login === undefined) return readChosen(context, show);
  return writeChosen(context, (repository, checkout) => {
    repository.transaction(() => {
      if (login === '' || login.toLowerCase() === 'nobody') {
        repository.config.remove('default-user');
        checkout?.removeVariable('default-user');
        return;
      }
      requireUser(repository, login);
      if (checkout === undefined) repository.config.set('default-user', login);
      else checkout.setVariable('default-user', login);
    });
    return show(repository, checkout);
  });
}

/** Fossil takes a password as one more argument; every program of the computer can read arguments. */
function refusePassword(rest: readonly string[], most: number): void {
  if (rest.length > most) {
    throw new EngineError(
      'usage',
      'A password is not taken as an argument, which other programs can read: use --password-stdin, or wait to be asked.',
    );
  }
}
