import { HttpRefusal } from './http-refusal';

/** Counts what all requests together keep in temporary files, so that strangers cannot fill the disk. */
export class SpoolRoom {
  readonly #bytes: number;
  #taken = 0;

  /** @param bytes - of all messages together */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** @throws HttpRefusal 503 when there is no room at the moment */
  take(bytes: number): void {
    if (this.#taken + bytes > this.#bytes)
      throw new HttpRefusal(
        503,
        'The server receives too many long messages at the moment. Try again in some seconds.',
      );
    this.#taken += bytes;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
  }
}
