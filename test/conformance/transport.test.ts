import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileTransport } from '../../src/engine/transport/file';
import { type HttpOptions, httpTransport, type Timeouts } from '../../src/engine/transport/http';
import { serveHttp } from '../../src/engine/transport/http-server';
import { memoryTransport } from '../../src/engine/transport/memory';
import type { RequestHandlers } from '../../src/engine/transport/request-handlers';
import { sshTransport } from '../../src/engine/transport/ssh';
import { parseRemote } from '../../src/engine/xfer/remote';
import { type Certificate, CertificateMaker } from '../support/certificates';
import { BRIDGE, FakeSsh } from '../support/fake-ssh';
import { TestProxy } from '../support/test-proxy';
import { type WireFaults, WireServer } from '../support/wire-server';
import { transportSuite, type TransportUnderTest } from './transport-suite';

const nothing = (): Promise<void> => Promise.resolve();

/** Short where the server stalls on purpose: nothing else shall meet a deadline on a busy machine. */
function timeoutsFor(faults: WireFaults | undefined): Partial<Timeouts> {
  if (faults?.then === 'drip') return { idle: 100 };
  if (faults?.then !== 'stall') return {};
  return faults.bytes === undefined ? { head: 500 } : { idle: 500 };
}

describe('The transport in memory', () => {
  transportSuite({
    start: (handlers, faults) =>
      Promise.resolve({
        transport: memoryTransport(handlers, faults === undefined ? {} : { piece: breaking(faults) }),
        remote: parseRemote('http://memory/'),
        idle: nothing,
        stop: nothing,
      }),
    canBreak: true,
    hasDeadlines: false,
  });
});

function breaking({ bytes = 0, then }: WireFaults): (offset: number, length: number) => Promise<number | undefined> {
  return (offset, length) => {
    if (offset < bytes) return Promise.resolve(Math.min(length, bytes - offset));
    return then === 'close' ? Promise.resolve(0) : new Promise(() => undefined);
  };
}

describe('The transport to a file of this computer', () => {
  transportSuite({
    start: (handlers) => {
      let open = 0;
      const transport = fileTransport(() => {
        open++;
        return Promise.resolve({ handlers, close: () => open-- });
      });
      const idle = (): Promise<void> =>
        open === 0 ? Promise.resolve() : Promise.reject(new Error(`${open} files are still open`));
      return Promise.resolve({ transport, remote: parseRemote('/srv/a.fossil'), idle, stop: nothing });
    },
    canBreak: false,
    hasDeadlines: false,
  });
});

describe('The transport over HTTP', () => {
  describe('to our own server', () => {
    transportSuite({
      start: async (handlers) => {
        const server = await serveHttp(handlers, { port: 0 });
        const transport = httpTransport({ variables: {} });
        return { transport, remote: parseRemote(server.url), idle: nothing, stop: () => server.close() };
      },
      canBreak: false,
      hasDeadlines: false,
    });
  });

  describe('without a proxy', () => {
    transportSuite({ start: (handlers, faults) => startHttp(handlers, faults), canBreak: true, hasDeadlines: true });
  });

  describe('through a proxy', () => {
    transportSuite({
      start: async (handlers, faults) => throughProxy(await TestProxy.start(), {}, handlers, faults),
      canBreak: true,
      hasDeadlines: true,
    });
  });
});

describe('The transport over TLS', () => {
  let directory: string;
  let server: Certificate;
  let options: Partial<HttpOptions>;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-tls-'));
    const maker = new CertificateMaker(directory);
    const authority = await maker.selfSigned();
    server = await maker.issued(authority, 'DNS:localhost,IP:127.0.0.1');
    options = { certificates: [authority.certificate] };
  });
  after(() => rm(directory, { recursive: true }));
  const tls = () => ({ cert: server.certificate, key: server.key });

  describe('without a proxy', () => {
    transportSuite({
      start: (handlers, faults) => startHttp(handlers, faults, { ...options, tls: tls() }),
      canBreak: true,
      hasDeadlines: true,
    });
  });

  describe('through the tunnel of a proxy', () => {
    transportSuite({
      start: async (handlers, faults) =>
        throughProxy(await TestProxy.start(), { ...options, tls: tls() }, handlers, faults),
      canBreak: true,
      hasDeadlines: true,
    });
  });

  describe('through the tunnel of a proxy that is reached over TLS itself', () => {
    transportSuite({
      start: async (handlers, faults) =>
        throughProxy(await TestProxy.start({ tls: tls() }), { ...options, tls: tls() }, handlers, faults),
      canBreak: true,
      hasDeadlines: true,
    });
  });
});

describe('The transport over ssh', () => {
  let directory: string;
  let ssh: FakeSsh;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trilobite-ssh-'));
    ssh = await FakeSsh.make(directory, { programs: { fossil: BRIDGE, trilobite: BRIDGE.replace('"$2"', '"$3"') } });
  });
  after(() => rm(directory, { recursive: true }));

  for (const program of ['fossil', 'trilobite']) {
    describe(`to ${program}`, () => {
      transportSuite({
        start: async (handlers, faults) => {
          const server = await WireServer.start(handlers, {
            isSsh: true,
            ...(faults === undefined ? {} : { faults }),
          });
          return {
            transport: sshTransport({
              variables: ssh.variables,
              homeDirectory: directory,
              timeouts: timeoutsFor(faults),
            }),
            remote: parseRemote(`ssh://far/${server.port}?fossil=${program}`),
            idle: () => server.idle(),
            stop: () => server.stop(),
          };
        },
        canBreak: true,
        hasDeadlines: true,
        hasJson: program === 'trilobite',
      });
    });
  }
});

type StartOptions = Partial<HttpOptions> & { tls?: { cert: string; key: string } };

async function startHttp(
  handlers: RequestHandlers,
  faults: WireFaults | undefined,
  { tls, ...options }: StartOptions = {},
): Promise<TransportUnderTest> {
  const server = await WireServer.start(handlers, {
    ...(faults === undefined ? {} : { faults }),
    ...(tls === undefined ? {} : { tls }),
  });
  return {
    transport: httpTransport({ variables: {}, timeouts: timeoutsFor(faults), ...options }),
    remote: parseRemote(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}/`),
    idle: () => server.idle(),
    stop: () => server.stop(),
  };
}

async function throughProxy(
  proxy: TestProxy,
  options: StartOptions,
  handlers: RequestHandlers,
  faults: WireFaults | undefined,
): Promise<TransportUnderTest> {
  const behind = await startHttp(handlers, faults, { ...options, proxy: proxy.url() });
  return {
    ...behind,
    idle: async () => {
      await behind.idle();
      await proxy.idle();
    },
    stop: async () => {
      await proxy.stop();
      await behind.stop();
    },
  };
}
