import type { Checkout } from '../engine/checkout/checkout';
import { EngineError } from '../engine/errors';
import {
  addRemote,
  defaultRemoteUrl,
  deleteRemote,
  forgetDefaultRemote,
  forgetPasswords,
  isRemoteName,
  listRemotes,
  remoteConfigRows,
  remoteOf,
  setDefaultRemote,
} from '../engine/operations/remotes';
import type { Repository } from '../engine/repository/repository';
import { setting } from '../engine/repository/settings';
import { canonicalUrl, needsNoLogin, type Remote, withoutLogin } from '../engine/xfer/remote';
import { managedPaths } from './checkout-root';
import { readChosen, REPOSITORY_OPTION, writeChosen } from './chosen-repository';
import type { Command, CommandContext, CommandResult } from './command';
import { passwordOf } from './repository-commands';
import { serverAddress } from './server-address';
import { requireArguments } from './subcommand';
import { openInBrowser } from './web-browser';

const SUBCOMMANDS = ['add', 'config-data', 'delete', 'hyperlink', 'list', 'ls', 'off', 'scrub', 'ui'] as const;
/** Fossil takes any beginning of these. */
const ABBREVIATED = new Set<string>(['config-data', 'delete', 'hyperlink', 'list', 'scrub']);
/** What Fossil links to where there is no remote. */
const LOCAL_SERVER = 'http://localhost:8080/';
/** Digits of a name in Fossil's links. */
const CHECKIN_DIGITS = 16;
const FILE_DIGITS = 10;

export const remoteCommand: Command = {
  name: 'remote',
  usage: `[add NAME URL | delete NAME | ls | off | scrub | hyperlink|ui [FILE [LINE [LINE]]]
       | config-data [--show-passwords] | URL | NAME] [-R FILE] [--password-stdin]`,
  summary: 'Show and change the servers that a repository remembers',
  options: { ...REPOSITORY_OPTION, 'password-stdin': { type: 'boolean' }, 'show-passwords': { type: 'boolean' } },
  arity: { least: 0, most: 4 },
  run(context) {
    const [word, ...rest] = context.positionals;
    if (word === undefined) return showDefault(context);
    switch (subcommandOf(word)) {
      case 'add':
        return add(context, rest);
      case 'config-data':
        return configData(context, rest);
      case 'delete':
        return remove(context, rest);
      case 'hyperlink':
        return hyperlink(context, rest);
      case 'list':
      case 'ls':
        return list(context, rest);
      case 'off':
        requireArguments(rest, 0, 0, 'remote off');
        return change(context, forgetDefaultRemote);
      case 'scrub':
        requireArguments(rest, 0, 0, 'remote scrub');
        return change(context, forgetPasswords);
      case 'ui':
        return showInBrowser(context, rest);
      case undefined:
        return makeDefault(context, word, rest);
    }
  },
};

export const remoteUrlCommand: Command = { ...remoteCommand, name: 'remote-url', summary: 'The same as remote' };

function subcommandOf(word: string): (typeof SUBCOMMANDS)[number] | undefined {
  return SUBCOMMANDS.find((name) => name === word || (ABBREVIATED.has(name) && name.startsWith(word)));
}

function showDefault(context: CommandContext): Promise<CommandResult> {
  return readChosen(context, (repository) => {
    const url = defaultRemoteUrl(repository);
    return { text: url ?? 'off', json: { url: url ?? null } };
  });
}

function list(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'remote ls');
  return readChosen(context, (repository) => {
    const remotes = listRemotes(repository);
    return { text: remotes.map(({ name, url }) => `${name.padEnd(18)} ${url}`).join('\n'), json: remotes };
  });
}

async function add(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 2, 2, 'remote add NAME URL');
  const [name = '', reference = ''] = rest;
  const remote = await remoteWithPassword(context, reference);
  return writeChosen(context, (repository) => {
    repository.transaction(() => addRemote(repository, name, remote));
    return { text: '', json: { name, url: canonicalUrl(remote) } };
  });
}

function remove(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 1, 1, 'remote delete NAME');
  const [name = ''] = rest;
  return change(context, (repository) => deleteRemote(repository, name));
}

async function makeDefault(context: CommandContext, reference: string, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'remote URL');
  const isKnown = await readChosen(context, (repository) => isRemoteName(repository, reference));
  const isAddress = (await serverAddress(context, reference)) !== reference || /:\/\/|^\//.test(reference);
  if (!isKnown && !isAddress) {
    throw new EngineError(
      'usage',
      `"${reference}" is neither an address nor the name of a remote. Subcommands are ${SUBCOMMANDS.join(', ')}.`,
    );
  }
  const remote = await remoteWithPassword(context, reference);
  return change(context, (repository) => setDefaultRemote(repository, remote));
}

function configData(context: CommandContext, rest: string[]): Promise<CommandResult> {
  requireArguments(rest, 0, 0, 'remote config-data');
  return readChosen(context, (repository) => {
    const rows = remoteConfigRows(repository, { withPasswords: context.options['show-passwords'] === true });
    const width = Math.max(13, ...rows.map(({ name }) => name.length));
    return { text: rows.map(({ name, value }) => `${name.padEnd(width)}  ${value}`).join('\n'), json: rows };
  });
}

async function showInBrowser(context: CommandContext, rest: string[]): Promise<CommandResult> {
  const { url, browser } = await pageOf(context, rest, 'ui');
  await openInBrowser(context.environment, browser, url);
  return { text: '', json: { url } };
}

async function hyperlink(context: CommandContext, rest: string[]): Promise<CommandResult> {
  const { url } = await pageOf(context, rest, 'hyperlink');
  return { text: url, json: { url } };
}

/** The page of the checked-out version, or of a file in it, with the lines that are meant. */
function pageOf(
  context: CommandContext,
  rest: string[],
  word: string,
): Promise<{ url: string; browser: string | undefined }> {
  requireArguments(rest, 0, 3, `remote ${word} [FILE [LINE [LINE]]]`);
  const [file, ...lines] = rest;
  return readChosen(context, (repository, checkout) => {
    if (checkout === undefined) throw new EngineError('not-a-checkout', 'Only a checkout has a version to link to.');
    const page =
      file === undefined
        ? currentHash(repository, checkout).slice(0, CHECKIN_DIGITS)
        : fileHash(context, checkout, file).slice(0, FILE_DIGITS) + lineQuery(lines);
    return { url: `${baseUrl(repository)}/info/${page}`, browser: setting(repository, 'web-browser') };
  });
}

function currentHash(repository: Repository, checkout: Checkout): string {
  return checkout.current === 0 ? '???' : repository.blobs.hash(checkout.current);
}

function fileHash(context: CommandContext, checkout: Checkout, file: string): string {
  const [name = ''] = managedPaths(context, checkout.root, [file]);
  const hash = checkout.repository.checkins.files(checkout.current)?.get(name)?.hash;
  if (hash !== undefined) return hash;
  throw new EngineError('file-not-managed', `${file} is not in the version that is checked out.`);
}

function lineQuery(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const [first = 0, last] = lines.map((line) => {
    if (/^[1-9]\d*$/.test(line)) return Number(line);
    throw new EngineError('usage', `"${line}" is not the number of a line.`);
  });
  if (last === undefined) return `?ln=${first}`;
  if (last > first) return `?ln=${first},${last}`;
  throw new EngineError('usage', 'The second line must come after the first.');
}

/** Without the user, who is of no use in a browser. */
function baseUrl(repository: Repository): string {
  const url = defaultRemoteUrl(repository);
  if (url === undefined || !/^https?:/i.test(url)) return LOCAL_SERVER;
  return canonicalUrl(withoutLogin(remoteOf(repository, 'default')));
}

/** A remote with the password of its address, of standard input, of the remote it is a copy of, or of the terminal. */
async function remoteWithPassword(context: CommandContext, reference: string): Promise<Remote> {
  const given = await passwordOf(context);
  const address = await serverAddress(context, reference);
  const remote = await readChosen(context, (repository) => remoteOf(repository, address));
  if (given !== undefined) return { ...remote, password: given };
  if (remote.user === undefined || remote.password !== undefined || needsNoLogin(remote)) return remote;
  const answer = await context.terminal.ask(`Password of ${remote.user} (empty: ask each time): `, { isSecret: true });
  return answer === undefined || answer === '' ? remote : { ...remote, password: answer };
}

/** Silent, as Fossil is. */
function change(context: CommandContext, work: (repository: Repository) => void): Promise<CommandResult> {
  return writeChosen(context, (repository) => {
    repository.transaction(() => work(repository));
    return { text: '', json: { default: defaultRemoteUrl(repository) ?? null } };
  });
}
