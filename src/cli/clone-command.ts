import { requireRoom } from '../engine/checkout/open-checkout';
import { cloneRepository } from '../engine/operations/clone';
import { countOf } from '../engine/operations/describe';
import { openRepository } from '../engine/operations/open';
import { repositoryName } from '../engine/operations/repository-name';
import { absolutePath } from './absolute-path';
import { type Command, type CommandContext, given, textOption } from './command';
import { CONNECTION_OPTIONS, keptByClone } from './connection-options';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';

export const cloneCommand: Command = {
  name: 'clone',
  usage: `URL [FILE] [--workdir DIR] [--no-open] [--nested] [-A|--admin-user U] [--private] [-u] [--once]
       [--user U] [--password-stdin] [-v] [--transcript FILE]
Without FILE the clone is called after the last part of the address, and opened in a directory of that name.`,
  summary: 'Copy a repository from a server, every artifact verified',
  options: {
    'admin-user': { type: 'string', short: 'A' },
    workdir: { type: 'string' },
    'no-open': { type: 'boolean' },
    nested: { type: 'boolean' },
    private: { type: 'boolean' },
    unversioned: { type: 'boolean', short: 'u' },
    once: { type: 'boolean' },
    user: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    // What they ask for is done in any case: a clone is not compressed further, and a web server's password is kept.
    nocompress: { type: 'boolean' },
    'save-http-password': { type: 'boolean' },
    ...CONNECTION_OPTIONS,
  },
  arity: { least: 1, most: 2 },
  async run(context) {
    const { environment, transport, interaction, terminal, options } = context;
    const url = await serverAddress(context, context.positionals[0] ?? '');
    const { file, directory } = placesOf(context, url);
    const isNested = options['nested'] === true;
    if (directory !== undefined) await requireRoom(environment, directory, file, { isNested });
    const result = await cloneRepository(
      environment,
      transport,
      {
        url,
        path: file,
        ...given('adminUser', textOption(options, 'admin-user')),
        ...given('user', textOption(options, 'user')),
        ...given('password', await passwordOf(context)),
        rememberPassword: true,
        withPrivate: options['private'] === true,
        unversioned: options['unversioned'] === true,
        isOnce: options['once'] === true,
        settings: keptByClone(options, terminal),
      },
      interaction,
    );
    if (directory === undefined) return { text: result.summary, json: result };
    const opened = await openRepository(environment, { repository: file, directory, isNested }, interaction);
    const text = `${result.summary}\nOpened ${file} in ${opened.root}: ${countOf(opened.files, 'file')}`;
    return { text, json: { ...result, opened } };
  },
};

/** The clone, and where it is opened: as Fossil does, when that is asked for, or when no file is named. */
function placesOf({ terminal, positionals, options }: CommandContext, url: string): Places {
  const [, named] = positionals;
  const name = named ?? `${repositoryName(url)}.fossil`;
  const directory = textOption(options, 'workdir') ?? (named === undefined ? repositoryName(url) : undefined);
  return {
    file: absolutePath(terminal, name),
    ...(directory === undefined || options['no-open'] === true ? {} : { directory: absolutePath(terminal, directory) }),
  };
}

interface Places {
  file: string;
  directory?: string;
}
