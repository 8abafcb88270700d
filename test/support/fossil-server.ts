import { spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';
import { dirname } from 'node:path';

export interface FossilServerOptions {
  /** More options of `fossil server`. */
  arguments?: string[];
  /** Default: a free one. */
  port?: number;
}

export interface FossilServer {
  /** `http://127.0.0.1:PORT/` */
  url: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts the real `fossil server` on a free loopback port and waits until it accepts connections.
 * @param repositoryPath - the file to serve; fossil writes into it
 */
export async function startFossilServer(
  repositoryPath: string,
  options: FossilServerOptions = {},
): Promise<FossilServer> {
  const port = options.port ?? (await freePort());
  const home = dirname(repositoryPath);
  const child = spawn(
    'fossil',
    ['server', '--localhost', '--port', String(port), ...(options.arguments ?? []), repositoryPath],
    { cwd: home, env: { PATH: process.env['PATH'], HOME: home, USER: 'tester', TZ: 'UTC' }, stdio: 'pipe' },
  );
  let complaints = '';
  let failure: Error | undefined;
  child.stdout.resume();
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  child.once(
    'error',
    (cause) => (failure = new Error('Cannot run fossil: install it (apt-get install fossil)', { cause })),
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  while (!(await accepts(port))) {
    if (failure) throw failure;
    if (child.exitCode !== null) throw new Error(`fossil server ended with ${child.exitCode}: ${complaints}`);
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no address');
  return address.port;
}

/** Tries once; a refusal takes a moment, so that waiting in a loop does not spin. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 20));
  });
}
