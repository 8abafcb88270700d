import { HttpRefusal } from './http-refusal';
import type { HttpLimits } from './http-limits';

/** Counts the requests that are being answered, so that nobody can have too many at once. */
export class Admission {
  readonly #limits: HttpLimits;
  readonly #ofAddress = new Map<string, number>();
  #requests = 0;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /**
   * @returns what ends the request's stay
   * @throws HttpRefusal 503 when the server has enough to do, 429 when this address has
   */
  admit(address: string): () => void {
    const { requests, requestsOfAddress } = this.#limits;
    if (this.#requests >= requests)
      throw new HttpRefusal(503, 'The server has too much to do at the moment. Try again in some seconds.');
    const same = this.#ofAddress.get(address) ?? 0;
    if (same >= requestsOfAddress)
      throw new HttpRefusal(429, 'Too many requests come from your address at once. Try again in some seconds.');
    this.#requests++;
    this.#ofAddress.set(address, same + 1);
    let isHere = true;
    return () => {
      if (isHere) this.#leave(address);
      isHere = false;
    };
  }

  #leave(address: string): void {
    this.#requests--;
    const others = (this.#ofAddress.get(address) ?? 1) - 1;
    if (others > 0) this.#ofAddress.set(address, others);
    else this.#ofAddress.delete(address);
  }
}
