import { BLOCK, FREE_AT, keccakProgram, STATE_AT, STATE_BYTES } from './keccak-program';

/** Bytes of a message that are copied into the program's memory at a time. */
const CHUNK = 480 * BLOCK;
const DIGEST_LANES = 4;

/** What the program exports. */
interface Keccak {
  memory: { buffer: ArrayBuffer };
  absorb: (first: number, second: number, blocks: number) => void;
}

/** As far as it is used; the declarations of Node.js have no values for it. */
interface WebAssemblyRuntime {
  Module: new (program: Uint8Array) => object;
  Instance: new (module: object) => { exports: Keccak };
}

/** One of the two messages that are under way. */
interface Lane {
  /** 0 or 1: which half of each vector is its. */
  half: number;
  /** Where its blocks are put. */
  buffer: Uint8Array;
  bufferAt: number;
  /** Which content; undefined: idle. */
  content: number | undefined;
  /** Bytes of the content that have been copied. */
  copied: number;
  /** Blocks that wait in the buffer, and where the next one stands. */
  blocks: number;
  nextAt: number;
  /** The last block is in the buffer. */
  isWhole: boolean;
}

/** SHA3-256 of many contents, two at a time. */
export class Sha3Lanes {
  readonly #absorb: Keccak['absorb'];
  readonly #state: DataView;
  readonly #lanes: readonly [Lane, Lane];

  /** @throws Error where WebAssembly or its vectors are not to be had */
  constructor() {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyRuntime }).WebAssembly;
    const { memory, absorb } = new Instance(new Module(keccakProgram())).exports;
    this.#absorb = absorb;
    this.#state = new DataView(memory.buffer, STATE_AT, STATE_BYTES);
    const lane = (half: number): Lane => {
      const bufferAt = FREE_AT + half * CHUNK;
      const buffer = new Uint8Array(memory.buffer, bufferAt, CHUNK);
      return { half, buffer, bufferAt, content: undefined, copied: 0, blocks: 0, nextAt: bufferAt, isWhole: true };
    };
    this.#lanes = [lane(0), lane(1)];
  }

  /** @returns the digests in lower-case hexadecimal, in the order of the contents */
  hexEach(contents: readonly Uint8Array[]): string[] {
    const digests: string[] = new Array<string>(contents.length).fill('');
    // The longest first, so that at the end no long one is left alone.
    const waiting = [...contents.keys()].sort((a, b) => (contents[a]?.length ?? 0) - (contents[b]?.length ?? 0));
    const [first, second] = this.#lanes;
    // What went along idle the last time has left something behind.
    for (const { half } of this.#lanes) this.#clear(half);
    for (;;) {
      for (const lane of this.#lanes) {
        if (lane.blocks > 0) continue;
        if (lane.isWhole) {
          if (lane.content !== undefined) digests[lane.content] = this.#takeDigest(lane);
          lane.content = waiting.pop();
          lane.copied = 0;
        }
        fill(lane, lane.content === undefined ? undefined : contents[lane.content]);
      }
      if (first.blocks === 0 && second.blocks === 0) return digests;
      // An idle half goes along; what comes of it is not looked at.
      const blocks = Math.min(first.blocks || second.blocks, second.blocks || first.blocks);
      this.#absorb(first.nextAt, second.nextAt, blocks);
      for (const lane of this.#lanes) {
        if (lane.blocks === 0) continue;
        lane.blocks -= blocks;
        lane.nextAt += blocks * BLOCK;
      }
    }
  }

  /** The digest of the lane's message; its half of the state is empty then. */
  #takeDigest({ half }: Lane): string {
    let digest = '';
    for (let lane = 0; lane < DIGEST_LANES; lane++)
      digest += this.#state
        .getBigUint64(16 * lane + 8 * half, false)
        .toString(16)
        .padStart(16, '0');
    this.#clear(half);
    return digest;
  }

  #clear(half: number): void {
    for (let at = 8 * half; at < STATE_BYTES; at += 16) this.#state.setBigUint64(at, 0n);
  }
}

/** Copies the next blocks of a content; behind its end stands the padding (FIPS 202, B.2). */
function fill(lane: Lane, content: Uint8Array | undefined): void {
  lane.nextAt = lane.bufferAt;
  lane.isWhole = true;
  if (content === undefined) return;
  const rest = content.length - lane.copied;
  lane.isWhole = rest < CHUNK;
  const size = Math.min(rest, CHUNK);
  lane.buffer.set(content.subarray(lane.copied, lane.copied + size));
  lane.copied += size;
  if (lane.isWhole) {
    const padded = (Math.floor(size / BLOCK) + 1) * BLOCK;
    lane.buffer.fill(0, size, padded);
    lane.buffer[size] = 0x06;
    lane.buffer[padded - 1] = (lane.buffer[padded - 1] ?? 0) | 0x80;
    lane.blocks = padded / BLOCK;
  } else {
    lane.blocks = CHUNK / BLOCK;
  }
}
