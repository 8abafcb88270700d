import { EngineError, throwIfCancelled } from '../../src/engine/errors';
import type { Hash } from '../../src/engine/identifiers';
import type { Remote } from '../../src/engine/xfer/remote';
import type { XferRequest, XferResponse } from '../../src/engine/xfer/server';
import type { ExchangeReply, ExchangeRequest, Session, Transport } from '../../src/engine/xfer/transport';
import type { Seeded } from '../support/seeded';
import { Forger } from './forger';
import type { Power } from './power';
import { SeenForger } from './seen-forger';
import type { VirtualTime } from './virtual-time';

/** Whoever answers under a name. */
export interface Host {
  /** @returns undefined when it fell silent: it is down, or went down while it answered */
  answer(request: XferRequest, delivery: { isReplay: boolean }): Promise<XferResponse | undefined>;
}

/** What happens to a message, in thousandths. */
interface Weather {
  refused: number;
  requestLost: number;
  /** Later connections go first. */
  overtaken: number;
  requestForged: number;
  /** It is lied about how far the client has seen the server. */
  requestLies: number;
  /** The same in the middle of what the server sends unasked. */
  requestLiesInPlan: number;
  /** It arrives twice at once, and the second answer counts. */
  duplicated: number;
  replayed: number;
  replyLost: number;
  replyForged: number;
  replyLies: number;
  replyLiesInPlan: number;
  replyCut: number;
  /** Milliseconds that a message takes at most. */
  delay: number;
}

const STORM: Weather = {
  refused: 20,
  requestLost: 60,
  overtaken: 30,
  requestForged: 20,
  requestLies: 50,
  requestLiesInPlan: 250,
  duplicated: 30,
  replayed: 120,
  replyLost: 60,
  replyForged: 25,
  replyLies: 50,
  replyLiesInPlan: 250,
  replyCut: 80,
  delay: 3000,
};
const CALM: Weather = {
  ...{ refused: 0, requestLost: 0, overtaken: 0, requestForged: 0, requestLies: 0, requestLiesInPlan: 0 },
  ...{ duplicated: 0, replayed: 0, replyLost: 0, replyForged: 0, replyLies: 0, replyLiesInPlan: 0, replyCut: 0 },
  delay: 20,
};
/** Messages come again within this many milliseconds. */
const LATEST_REPLAY = 100_000;
/** Who is overtaken waits so many milliseconds at most: others do several things meanwhile. */
const LONGEST_WAIT = 60_000;

/** A message that somebody has recorded. */
interface Recording {
  host: Host;
  link: string;
  request: XferRequest;
  contents: readonly Hash[];
}

export interface NetworkParts {
  time: VirtualTime;
  seeded: Seeded;
  forger: Forger;
  seenForger: SeenForger;
  note: (line: string) => void;
}

/** A network that loses, delays, cuts, repeats and forges messages, until it is mended. */
export class SimulatedNetwork {
  readonly #parts: NetworkParts;
  readonly #hosts = new Map<string, Host>();
  readonly #recordings: Recording[] = [];
  /** Changed messages and replies, by who was to be deceived. */
  readonly #lies = new Map<string, number>();
  #weather = STORM;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  addHost(name: string, host: Host): void {
    this.#hosts.set(name, host);
  }

  /** Sends everything once more that has ever brought an artifact to a host: who has recorded it knows when to. */
  async replay(host: Host, hash: Hash): Promise<void> {
    for (const recording of this.recordingsOf(host, hash)) await this.#sendAgain(recording);
  }

  /** The messages that have brought an artifact to a host. */
  recordingsOf(host: Host, hash: Hash): Recording[] {
    return this.#recordings.filter((recording) => recording.host === host && recording.contents.includes(hash));
  }

  /** @returns how many messages and replies of that machine have been changed on their way */
  liesTo(name: string): number {
    return this.#lies.get(name) ?? 0;
  }

  mend(): void {
    this.#weather = CALM;
  }

  /** The way into the network for whatever runs on a machine now. */
  transport(from: string, power: Power): Transport {
    return {
      open: (remote) => {
        power.require();
        return Promise.resolve(this.#session(from, remote, power));
      },
    };
  }

  #session(from: string, remote: Remote, power: Power): Session {
    return {
      remote,
      exchange: async (request, { signal, onSent } = {}) => {
        throwIfCancelled(signal);
        const body = (to: Remote): Uint8Array => {
          const bytes = request.body(to);
          onSent?.();
          return bytes;
        };
        const reply = await this.#exchange(from, remote, power, { ...request, body });
        throwIfCancelled(signal);
        return reply;
      },
      fetchJson: async () => {
        await this.#travel();
        power.require();
        return undefined;
      },
      close: () => Promise.resolve(),
    };
  }

  async #exchange(from: string, remote: Remote, power: Power, request: ExchangeRequest): Promise<ExchangeReply> {
    power.require();
    const { forger, note } = this.#parts;
    const name = 'host' in remote ? remote.host : '';
    const link = `${from}>${name}`;
    const host = this.#hosts.get(name);
    if (host === undefined || this.#happens('refused')) throw lost('connection-refused', `${link} refused`, note);
    const honest: XferRequest = { contentType: request.contentType, body: request.body(remote) };
    const forged = this.#forgedRequest(remote, name, honest);
    const sent = forged ?? honest;
    await this.#travel();
    if (this.#happens('overtaken')) await this.#parts.time.after(this.#parts.seeded.below(LONGEST_WAIT));
    if (this.#happens('requestLost')) throw lost('connection-lost', `${link} request lost`, note);
    const recording = { host, link, request: sent, contents: Forger.contents(sent) };
    if (recording.contents.length > 0) this.#recordings.push(recording);
    if (this.#happens('replayed')) void this.#replayLater(recording);
    note(`${link} ${forged === undefined ? 'request' : 'forged request'} ${forger.fingerprint(sent)}`);
    const first = await host.answer(sent, { isReplay: false });
    const answer = this.#happens('duplicated') ? await host.answer(sent, { isReplay: true }) : first;
    await this.#travel();
    power.require();
    if (answer === undefined) throw lost('connection-lost', `${link} silent`, note);
    if (this.#happens('replyLost')) throw lost('connection-lost', `${link} reply lost`, note);
    const reply = this.#forgedReply(name, answer) ?? answer;
    if (forged !== undefined || reply !== answer) this.#lies.set(from, this.liesTo(from) + 1);
    note(`${link} ${reply === answer ? 'reply' : 'forged reply'} ${answer.status} ${forger.fingerprint(reply)}`);
    return this.#received(reply, power, link);
  }

  #forgedRequest(remote: Remote, name: string, honest: XferRequest): XferRequest | undefined {
    const { forger, seenForger } = this.#parts;
    if (this.#happens('requestForged')) return forger.forgeRequest(honest, remote, forger.otherContent);
    const isInPlan = SeenForger.isInPlan(Forger.plain(honest));
    if (!this.#happens(isInPlan ? 'requestLiesInPlan' : 'requestLies')) return undefined;
    return forger.forgeRequest(honest, remote, seenForger.requests(name));
  }

  #forgedReply(name: string, answer: XferResponse): XferResponse | undefined {
    const { forger, seenForger } = this.#parts;
    if (answer.status !== 200) return undefined;
    const plain = Forger.plain(answer);
    seenForger.hear(name, plain);
    if (this.#happens('replyForged')) return forger.forgeReply(answer, forger.otherContent);
    if (!this.#happens(SeenForger.isInPlan(plain) ? 'replyLiesInPlan' : 'replyLies')) return undefined;
    return forger.forgeReply(answer, seenForger.replies(name));
  }

  async #replayLater(recording: Recording): Promise<void> {
    const { time, seeded } = this.#parts;
    await time.after(seeded.below(seeded.pick([100, 10_000, LATEST_REPLAY])));
    if (this.#weather !== CALM) await this.#sendAgain(recording);
  }

  async #sendAgain({ host, link, request }: Recording): Promise<void> {
    const { note, forger, time } = this.#parts;
    try {
      const answer = await host.answer(request, { isReplay: true });
      note(`${link} replay ${forger.fingerprint(request)} ${answer?.status ?? 'silent'}`);
    } catch (error) {
      time.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #received(reply: XferResponse, power: Power, link: string): ExchangeReply {
    if (reply.status !== 200)
      throw new EngineError('http-status', `The server answered with HTTP status ${reply.status}.`);
    const contentType = reply.contentType.split(';')[0] ?? '';
    return { contentType, length: reply.body.length, chunks: this.#chunks(reply.body, power, link) };
  }

  async *#chunks(body: Uint8Array, power: Power, link: string): AsyncGenerator<Uint8Array> {
    const { seeded, note } = this.#parts;
    const end = this.#happens('replyCut') ? seeded.below(body.length) : body.length;
    for (let at = 0; at < end;) {
      const next = Math.min(end, at + 1 + seeded.below(Math.max(200, body.length)));
      yield body.subarray(at, next);
      at = next;
      if (seeded.below(4) === 0) await this.#travel();
      power.require();
    }
    if (end < body.length) throw lost('reply-truncated', `${link} reply cut at ${end}`, note);
  }

  async #travel(): Promise<void> {
    const { time, seeded } = this.#parts;
    await time.after(seeded.below(seeded.pick([10, 100, this.#weather.delay])));
  }

  #happens(event: Exclude<keyof Weather, 'delay'>): boolean {
    return this.#parts.seeded.below(1000) < this.#weather[event];
  }
}

function lost(
  code: 'connection-lost' | 'connection-refused' | 'reply-truncated',
  line: string,
  note: (line: string) => void,
): EngineError {
  note(line);
  return new EngineError(code, `${line}.`);
}
