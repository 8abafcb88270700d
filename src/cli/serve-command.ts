import { EngineError } from '../engine/errors';
import { repositoryHandlers } from '../engine/operations/serve';
import { RepositoryShelf } from '../engine/operations/serve-directory';
import { ServedFile } from '../engine/operations/serve-file';
import { withPermission, writeRepository } from '../engine/operations/with-checkout';
import { Repository } from '../engine/repository/repository';
import { serveHttp, type HttpServerOptions } from '../engine/transport/http-server';
import { recordingHandlers, recordingSite } from '../engine/transport/recording-handlers';
import type { Site } from '../engine/transport/request-handlers';
import { serveStdio } from '../engine/transport/stdio-server';
import type { ServerOptions } from '../engine/xfer/server-options';
import { absolutePath } from './absolute-path';
import { chosenPath } from './chosen-repository';
import { requestLines } from './request-line';
import { type Command, type CommandContext, type CommandResult, given, textOption } from './command';
import { withServerTranscript } from './transcript-option';

const DEFAULT_PORT = 8080;
const LOCALHOST = '127.0.0.1';
/** Options that say where and how to listen. */
const OF_A_PORT = ['port', 'host', 'localhost', 'https-cert', 'https-key', 'max-upload', 'verbose'] as const;

export const serveCommand: Command = {
  name: 'serve',
  usage: `[FILE|DIR] [-P|--port N] [--host H|--localhost] [--read-only] [--https-cert FILE --https-key FILE] [--max-upload BYTES] [-v] [--transcript FILE]
       FILE --stdio [--read-only] [--transcript FILE]
It listens on this computer alone unless --host names an address of another network, or 0.0.0.0 for all.
Without a name it serves the repository of the checkout around.`,
  summary: 'Serve a repository, or all of a directory, until Ctrl-C; or one session on standard input, for ssh',
  options: {
    port: { type: 'string', short: 'P' },
    host: { type: 'string' },
    localhost: { type: 'boolean' },
    verbose: { type: 'boolean', short: 'v' },
    'read-only': { type: 'boolean' },
    'https-cert': { type: 'string' },
    'https-key': { type: 'string' },
    'max-upload': { type: 'string' },
    transcript: { type: 'string' },
    stdio: { type: 'boolean' },
  },
  recordsItself: true,
  arity: { least: 0, most: 1 },
  async run(context) {
    if (context.options['stdio'] === true) return serveSession(withoutAddress(context));
    const file = await chosenPath(context, context.positionals[0]);
    const options = await serverOptions(context);
    const isDirectory = (await context.environment.fs.status(file))?.kind === 'directory';
    return isDirectory ? serveDirectory(context, file, options) : serveFile(context, file, options);
  },
};

export const serverCommand: Command = { ...serveCommand, name: 'server', summary: 'The same as serve' };

/** What `fossil` starts at the far end of ssh, when its address names a link to this program: `ssh://host/file?fossil=/PATH/TO/fossil`. */
export const testHttpCommand: Command = {
  name: 'test-http',
  usage: `FILE
fossil starts only what is called fossil: make a link of that name to trilobite on the far computer, and end the address with
?fossil=/PATH/TO/fossil. Trilobite itself takes ?fossil=trilobite.`,
  summary: 'As "serve FILE --stdio": what fossil starts at the far end of ssh',
  options: { 'read-only': { type: 'boolean' } },
  arity: { least: 1, most: 1 },
  run: serveSession,
};

/** Whoever may start a process here may do everything. */
async function serveSession(context: CommandContext): Promise<CommandResult> {
  const { environment, terminal } = context;
  const isReadOnly = context.options['read-only'] === true;
  const address = environment.variables['SSH_CONNECTION']?.split(' ')[0];
  const file = await chosenPath(context, context.positionals[0]);
  await withRepository(context, file, isReadOnly, (repository) =>
    withServerTranscript(context, (recording) => {
      const handlers = repositoryHandlers(repository, { isLocalAdmin: true, isReadOnly });
      const told = recording ? recordingHandlers(handlers, recording) : handlers;
      return serveStdio(told, terminal.readAll(), (bytes) => terminal.write(bytes), given('address', address));
    }),
  );
  return { text: '', json: undefined };
}

async function serveFile(
  context: CommandContext,
  file: string,
  options: HttpServerOptions & ServerOptions,
): Promise<CommandResult> {
  const { environment, interaction } = context;
  const mode = options.isReadOnly === true ? 'read' : 'write';
  // What is wrong with the file shall be said now, and not to whoever asks for it first.
  const allowPortableWrites = await withPermission(file, interaction, (allowed) => {
    Repository.open(environment, file, { mode, allowPortableWrites: allowed }).close();
    return Promise.resolve(allowed);
  });
  return untilStopped(context, file, new ServedFile(environment, file, { ...options, allowPortableWrites }), options);
}

function serveDirectory(
  context: CommandContext,
  directory: string,
  options: HttpServerOptions & ServerOptions,
): Promise<CommandResult> {
  const allowPortableWrites = context.options['portable-writes'] === true;
  const shelf = new RepositoryShelf(context.environment, directory, { ...options, allowPortableWrites });
  return untilStopped(context, directory, shelf, options);
}

async function untilStopped(
  context: CommandContext,
  what: string,
  site: Site & { close(): void },
  options: HttpServerOptions,
): Promise<CommandResult> {
  try {
    return await untilInterrupted(context, what, site, options);
  } finally {
    site.close();
  }
}

function untilInterrupted(
  context: CommandContext,
  what: string,
  site: Site,
  serverOptions: HttpServerOptions,
): Promise<CommandResult> {
  const { terminal, options } = context;
  return withServerTranscript(context, async (recording) => {
    const server = await serveHttp(recording ? recordingSite(site, recording) : site, serverOptions);
    const started = { url: server.url, port: server.port };
    terminal.print(options['json'] === true ? JSON.stringify(started) : `Serving ${what} at ${server.url}`);
    if (!terminal.interrupted.aborted) {
      await new Promise((resolve) => terminal.interrupted.addEventListener('abort', resolve, { once: true }));
    }
    await server.close();
    return { text: 'Stopped.', json: undefined };
  });
}

async function withRepository<T>(
  { environment, interaction }: CommandContext,
  file: string,
  isReadOnly: boolean,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  if (!isReadOnly) return writeRepository(environment, file, interaction, work);
  const repository = Repository.open(environment, file, { mode: 'read' });
  try {
    return await work(repository);
  } finally {
    repository.close();
  }
}

async function serverOptions({
  environment,
  terminal,
  options,
}: CommandContext): Promise<HttpServerOptions & ServerOptions> {
  const [certificate, key] = [textOption(options, 'https-cert'), textOption(options, 'https-key')];
  if ((certificate === undefined) !== (key === undefined))
    throw new EngineError('usage', '--https-cert and --https-key belong together: give both, as PEM files.');
  const read = (file: string): Promise<Uint8Array> => environment.fs.read(absolutePath(terminal, file));
  const maxUpload = numberOption(options['max-upload'], '--max-upload takes a number of bytes.');
  const port = numberOption(options['port'], '--port takes a number from 0 (any free port) to 65535.', 65_535);
  return {
    port: port ?? DEFAULT_PORT,
    ...given('host', options['localhost'] === true ? LOCALHOST : textOption(options, 'host')),
    ...(options['verbose'] === true ? { onEvent: requestLines((line) => terminal.complain(line)) } : {}),
    isReadOnly: options['read-only'] === true,
    ...(maxUpload === undefined ? {} : { maxUpload, limits: { bodyBytes: maxUpload, messageBytes: maxUpload } }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { tls: { certificate: await read(certificate), key: await read(key) } }),
  };
}

function numberOption(
  option: CommandContext['options'][string],
  complaint: string,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (option === undefined) return undefined;
  const value = typeof option === 'string' && /^\d+$/.test(option) ? Number(option) : Number.NaN;
  if (value <= most) return value;
  throw new EngineError('usage', complaint);
}

/** Whoever is served on standard input has chosen the way here already. */
function withoutAddress(context: CommandContext): CommandContext {
  const named = OF_A_PORT.find((name) => context.options[name] !== undefined);
  if (named === undefined) return context;
  throw new EngineError(
    'usage',
    `--${named} is for a server that listens, and --stdio does not. Leave one of them out.`,
  );
}
