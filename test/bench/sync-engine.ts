import { EngineProcess, type QuestionAnswers } from '../../src/host/engine-process';
import * as protocol from '../../src/host/protocol';
import { type Measurement, usageOf } from './measure';

const DECLINING: QuestionAnswers = {
  credentials: () => Promise.resolve(null),
  userName: () => Promise.resolve(null),
  certificate: () => Promise.resolve('no'),
  goOn: () => Promise.resolve(false),
  allowPortableWrites: () => Promise.resolve(false),
};

/** A running engine, as the editor has one, that syncs a repository again and again. */
export class SyncEngine {
  readonly #engine: EngineProcess;

  /** @param node - the program that runs the bundle `entry` */
  constructor(node: string, entry: string, home: string) {
    const own = process.execPath;
    // What is forked runs on the Node of whoever forks it.
    process.execPath = node;
    this.#engine = new EngineProcess({
      entry,
      settings: { driver: 'native', isStrictSsl: true },
      questions: DECLINING,
      onLog: () => undefined,
      variables: { PATH: process.env['PATH'], HOME: home, USER: 'bench' },
    });
    process.execPath = own;
  }

  async sync(repository: string, url: string): Promise<Measurement> {
    const { pid } = this.#engine;
    const before = usageOf(pid)?.processorSeconds ?? 0;
    const start = performance.now();
    const { summary } = await this.#engine.request(protocol.sync, { repository, url, direction: 'sync' });
    const seconds = (performance.now() - start) / 1000;
    const { processorSeconds, kilobytes } = usageOf(pid) ?? { processorSeconds: Number.NaN, kilobytes: Number.NaN };
    return { seconds, processorSeconds: processorSeconds - before, kilobytes, output: summary };
  }

  end(): Promise<void> {
    return this.#engine.end();
  }
}
