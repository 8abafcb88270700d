import type { Readable } from 'node:stream';

/** More than any server's headers, and any greeting of a shell before them. */
const HEAD_LIMIT = 64 * 1024;

export interface ReplyHead {
  status: number;
  /** Without parameters: as it stands. */
  contentType: string | undefined;
  /** Content-Length. */
  length: number | undefined;
  location: string | undefined;
}

/** Reads replies of HTTP, one after the other, from the output of a program. */
export class ReplyReader {
  readonly #chunks: AsyncIterator<unknown>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(output: Readable) {
    this.#chunks = output[Symbol.asyncIterator]();
  }

  /**
   * The head of the next reply. It begins with a status line of HTTP, or with `Status:` as over ssh (fossil.md 1.7); what a shell
   * prints before it is passed over.
   * @returns what there was instead when the output ended, or went on for too long
   */
  async head(): Promise<ReplyHead | { noise: string }> {
    for (;;) {
      const text = this.#rest.toString('latin1');
      const found = /(?:^|\n)(?:HTTP\/1\.\d|Status:) +(\d{3})[^\n]*\n((?:[^\r\n]+\r?\n)*)\r?\n/.exec(text);
      if (found !== null) {
        this.#rest = this.#rest.subarray(found.index + found[0].length);
        return headOf(Number(found[1]), found[2] ?? '');
      }
      if (this.#rest.length > HEAD_LIMIT) return { noise: text };
      const chunk = await this.#next();
      if (chunk === undefined) return { noise: text };
      this.#rest = Buffer.concat([this.#rest, chunk]);
    }
  }

  /** The body's bytes, as they come. @param length - undefined: up to the end of the output @returns how many came */
  async *body(length: number | undefined): AsyncGenerator<Uint8Array, number> {
    let received = 0;
    while (length === undefined || received < length) {
      const chunk = this.#rest.length > 0 ? this.#rest : await this.#next();
      if (chunk === undefined) return received;
      const piece = length === undefined ? chunk : chunk.subarray(0, length - received);
      this.#rest = chunk.subarray(piece.length);
      received += piece.length;
      yield piece;
    }
    return received;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks.next();
      return next.done !== true && next.value instanceof Buffer ? next.value : undefined;
    } catch {
      // The program was ended from here, or died: the end of its output either way.
      return undefined;
    }
  }
}

function headOf(status: number, lines: string): ReplyHead {
  const headers = new Map<string, string>();
  for (const [, name = '', value = ''] of lines.matchAll(/^([^:\r\n]+):[ \t]*([^\r\n]*)/gm))
    headers.set(name.toLowerCase(), value.trim());
  const length = headers.get('content-length');
  return {
    status,
    contentType: headers.get('content-type'),
    length: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
    location: headers.get('location'),
  };
}
