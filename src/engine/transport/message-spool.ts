import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { MessageSource } from '../xfer/message-source';
import type { SpoolRoom } from './spool-room';

const PIECE_BYTES = 1024 * 1024;

/** The bytes of a message as they arrive: in memory while they are few, then in a temporary file that nobody else may read. */
export class MessageSpool implements MessageSource {
  readonly #memoryBytes: number;
  readonly #room: SpoolRoom;
  #roomTaken = 0;
  #pieces: Uint8Array[] = [];
  #file: { descriptor: number; path: string } | undefined;
  #length = 0;

  /**
   * @param memoryBytes - kept in memory
   * @param room - for what is longer
   */
  constructor(memoryBytes: number, room: SpoolRoom) {
    this.#memoryBytes = memoryBytes;
    this.#room = room;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws NodeJS.ErrnoException when the disk is full, HttpRefusal when others have taken the room */
  append(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#file === undefined && this.#length <= this.#memoryBytes) {
      this.#pieces.push(piece);
      return;
    }
    this.#room.take(this.#length - this.#roomTaken);
    this.#roomTaken = this.#length;
    this.#file ??= temporaryFile();
    for (const earlier of this.#pieces.splice(0)) writeWhole(this.#file.descriptor, earlier);
    writeWhole(this.#file.descriptor, piece);
  }

  *read(offset = 0): Generator<Uint8Array, void> {
    if (this.#file === undefined) {
      yield joined(this.#pieces, this.#length).subarray(offset);
      return;
    }
    for (let place = offset; place < this.#length;) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, this.#length - place));
      const count = readSync(this.#file.descriptor, piece, 0, piece.length, place);
      if (count === 0) throw new Error('A temporary file has been cut by somebody else.');
      place += count;
      yield piece.subarray(0, count);
    }
  }

  /** Removes the file. */
  close(): void {
    this.#pieces = [];
    this.#room.giveBack(this.#roomTaken);
    this.#roomTaken = 0;
    if (this.#file === undefined) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.path, { force: true });
    this.#file = undefined;
    this.#length = 0;
  }
}

function temporaryFile(): { descriptor: number; path: string } {
  const path = join(tmpdir(), `trilobite-message-${randomBytes(12).toString('hex')}`);
  return { descriptor: openSync(path, 'wx+', 0o600), path };
}

function writeWhole(descriptor: number, piece: Uint8Array): void {
  for (let written = 0; written < piece.length;) written += writeSync(descriptor, piece, written);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  return first && pieces.length === 1 ? first : Buffer.concat(pieces, length);
}
