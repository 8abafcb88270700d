import { NOTHING, type Forecast } from './estimate';
import type { PartProgress, PayloadsAhead } from './sync-part';

/** A server fills a reply with so many uncompressed bytes (fossil.md 2.7). */
const FULL_REPLY = 5_000_000;
/** Standard share by which payloads are compressed otherwise than those before them. */
const RATIO_ERROR = 0.1;
/** What is as sure as that was told by the other side. */
const TOLD = 0.1;
const EXACT = 0.01;

interface Traffic {
  bytesReceived: number;
  /** The reply under way: its Content-Length and what of it has come. */
  reply: { length: number; received: number } | undefined;
}

/** What the parts of a sync besides artifacts, such as unversioned files, still send and bring. */
export class PayloadForecast {
  /** Payloads that were ahead at the end of the last reply that changed that, and bytes received until then. */
  #last = { plain: 0, bytesReceived: 0 };
  /** Of the payloads that have come: bytes on the wire for each of their bytes. */
  #ratio: number | undefined;

  /** @param isAlone - replies bring nothing else @returns undefined while the other side has not told what it has */
  forecast(parts: readonly PartProgress[], traffic: Traffic, isAlone: boolean): Forecast | undefined {
    const known = parts.flatMap(({ ahead }) => ahead ?? []);
    if (known.length < parts.length) return undefined;
    const outgoing = total(known.map((ahead) => ahead.outgoing));
    const incoming = total(known.map((ahead) => ahead.incoming));
    if (isAlone) this.#learn(incoming.plain, traffic.bytesReceived);
    const { wire, deviation } = isAlone ? this.#incoming(incoming, traffic.reply) : incoming;
    if (outgoing.wire + wire <= 0) return NOTHING;
    const error = outgoing.deviation + deviation;
    const bytes = outgoing.wire + wire;
    return { bytes, deviation: error, basis: error <= EXACT * bytes ? 'exact' : 'sequence' };
  }

  #learn(plain: number, bytesReceived: number): void {
    if (plain === this.#last.plain) return;
    const come = this.#last.plain - plain;
    if (come > 0) this.#ratio = (bytesReceived - this.#last.bytesReceived) / come;
    this.#last = { plain, bytesReceived };
  }

  #incoming(ahead: PayloadsAhead, reply: Traffic['reply']): Omit<PayloadsAhead, 'plain'> {
    const { plain, wire, deviation } = ahead;
    if (plain === 0) return { wire, deviation };
    const covered = Math.min(plain, FULL_REPLY);
    const isTold = deviation <= TOLD * wire;
    if (reply !== undefined) {
      const rest = Math.max(0, reply.length - reply.received);
      const later = isTold ? Math.max(0, wire - reply.length) : ((plain - covered) * reply.length) / covered;
      if (covered === plain) return { wire: rest, deviation: 0 };
      return { wire: rest + later, deviation: isTold ? deviation : RATIO_ERROR * later };
    }
    if (isTold) return { wire, deviation };
    if (this.#ratio === undefined) return { wire, deviation };
    return { wire: plain * this.#ratio, deviation: RATIO_ERROR * plain * this.#ratio };
  }
}

function total(payloads: readonly PayloadsAhead[]): PayloadsAhead {
  const sum = { plain: 0, wire: 0, deviation: 0 };
  for (const { plain, wire, deviation } of payloads) {
    sum.plain += plain;
    sum.wire += wire;
    sum.deviation += deviation;
  }
  return sum;
}
