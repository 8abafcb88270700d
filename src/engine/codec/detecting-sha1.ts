import { type DisturbanceVector, disturbanceVectors } from './disturbance-vectors';

const BLOCK = 64;
const STEPS = 80;
const WORDS = 5;
/** Below this step an attacker can steer the differences at little cost, and they may be anything. */
const FIRST_PLANNED_STEP = 35;
/** Bits that may differ otherwise than planned from there on: each costs an attacker at least a factor of two. */
const AFFORDABLE_DEVIATIONS = 8;

/** The digest of a message, and whether it was made to collide with another. */
export interface DetectingDigest {
  /** 40 lower-case hexadecimal digits; of a message made to collide, not the SHA-1 but what Fossil's hardened SHA-1 gives. */
  hex: string;
  isCollision: boolean;
}

/**
 * SHA-1 that notices when a message carries the traces of a collision attack. For each block it asks, of every way of attack that is known to
 * be affordable, whether the sibling message that it would belong to collides: with the differences of that way taken off, the block must lead
 * from some state to the same result (M. Stevens, "Counter-cryptanalysis", CRYPTO 2013).
 */
export function detectingSha1(message: Uint8Array): DetectingDigest {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const run = new Compression();
  const whole = message.length - (message.length % BLOCK);
  let isCollision = false;
  const absorb = (bytes: Uint8Array, offset: number): void => {
    run.load(bytes, offset);
    run.compress(state);
    if (!run.isCollision()) return;
    isCollision = true;
    // As the hardened SHA-1 of others does: both siblings get names of their own.
    run.compress(state);
    run.compress(state);
  };
  for (let offset = 0; offset < whole; offset += BLOCK) absorb(message, offset);
  const tail = lastBlocks(message.subarray(whole), message.length);
  for (let offset = 0; offset < tail.length; offset += BLOCK) absorb(tail, offset);
  const hex = Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  return { hex, isCollision };
}

/** The rest of a message with its padding: one bit, zeros, and the length in bits. */
function lastBlocks(rest: Uint8Array, length: number): Uint8Array {
  const blocks = new Uint8Array(rest.length + 9 <= BLOCK ? BLOCK : 2 * BLOCK);
  blocks.set(rest);
  blocks[rest.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setUint32(blocks.length - 8, Math.floor(length / 0x20000000));
  view.setUint32(blocks.length - 4, (length << 3) >>> 0);
  return blocks;
}

/** One block at a time. The state before step t is words t to t + 4, newest last; older ones are kept as they were when computed. */
class Compression {
  readonly #message = new Int32Array(STEPS);
  readonly #words = new Int32Array(STEPS + WORDS);
  readonly #vectors = disturbanceVectors();

  load(bytes: Uint8Array, offset: number): void {
    const w = this.#message;
    for (let i = 0, at = offset; i < 16; i++, at += 4) {
      w[i] =
        ((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number);
    }
    for (let i = 16; i < STEPS; i++) {
      const mixed = (w[i - 3] as number) ^ (w[i - 8] as number) ^ (w[i - 14] as number) ^ (w[i - 16] as number);
      w[i] = (mixed << 1) | (mixed >>> 31);
    }
  }

  /** Adds the loaded block to the state. */
  compress(state: Int32Array): void {
    const q = this.#words;
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    q[4] = a;
    q[3] = b;
    q[2] = (c << 2) | (c >>> 30);
    q[1] = (d << 2) | (d >>> 30);
    q[0] = (e << 2) | (e >>> 30);
    forward(q, this.#message, 0);
    addStates(state, q);
  }

  /** @returns whether the block that was compressed last has a sibling with the same result */
  isCollision(): boolean {
    return this.#vectors.some((vector) => this.#staysNear(vector) && this.#siblingCollides(vector));
  }

  /** Follows the sibling from the common state back to where differences are planned; nearly every block is done after a few steps. */
  #staysNear({ step, disturbances, messageDifferences }: DisturbanceVector): boolean {
    const q = this.#words;
    const w = this.#message;
    // The five words above the one that is computed, newest first; the array would cost half of the speed.
    let w5 = q[step + 4] as number;
    let w4 = q[step + 3] as number;
    let w3 = q[step + 2] as number;
    let w2 = q[step + 1] as number;
    let w1 = q[step] as number;
    let deviations = 0;
    for (let t = step - 1; t >= FIRST_PLANNED_STEP; t--) {
      const c = (w2 << 30) | (w2 >>> 2);
      const d = (w1 << 30) | (w1 >>> 2);
      const mixed =
        t < 40
          ? ((w3 ^ c ^ d) + 0x6ed9eba1) | 0
          : t < 60
            ? (((w3 & c) | (w3 & d) | (c & d)) - 0x70e44324) | 0
            : ((w3 ^ c ^ d) - 0x359d3e2a) | 0;
      const altered = (w[t] as number) ^ (messageDifferences[t] as number);
      const planned = (mixed + altered) | 0;
      const word = (((w5 - ((w4 << 5) | (w4 >>> 27))) | 0) - planned) | 0;
      w5 = w4;
      w4 = w3;
      w3 = w2;
      w2 = w1;
      w1 = (word << 2) | (word >>> 30);
      deviations += weight(w1 ^ (q[t] as number) ^ (disturbances[t - WORDS] as number));
      if (deviations > AFFORDABLE_DEVIATIONS) return false;
    }
    return true;
  }

  #siblingCollides({ step, messageDifferences }: DisturbanceVector): boolean {
    const q = this.#words;
    const s = new Int32Array(STEPS + WORDS);
    s.set(q.subarray(step, step + WORDS), step);
    const altered = this.#message.map((word, t) => word ^ (messageDifferences[t] as number));
    for (let t = step - 1; t >= 0; t--) stepBack(s, t, altered[t] as number);
    forward(s, altered, step);
    const ours = resultOf(q);
    return resultOf(s).every((word, i) => word === ours[i]);
  }
}

/** The state that follows from a whole computation: its beginning plus its end. */
function resultOf(words: Int32Array): Int32Array {
  const begin = Int32Array.of(words[4] as number, words[3] as number, back(words, 2), back(words, 1), back(words, 0));
  addStates(begin, words);
  return begin;
}

function addStates(state: Int32Array, words: Int32Array): void {
  state[0] = ((state[0] as number) + (words[84] as number)) | 0;
  state[1] = ((state[1] as number) + (words[83] as number)) | 0;
  state[2] = ((state[2] as number) + back(words, 82)) | 0;
  state[3] = ((state[3] as number) + back(words, 81)) | 0;
  state[4] = ((state[4] as number) + back(words, 80)) | 0;
}

/** A word as the state holds it once two newer ones stand before it. */
function back(words: Int32Array, index: number): number {
  const word = words[index] as number;
  return (word << 30) | (word >>> 2);
}

/** Computes words from + 5 to 84. */
function forward(q: Int32Array, w: Int32Array, from: number): void {
  let a = q[from + 4] as number;
  let b = q[from + 3] as number;
  let c = back(q, from + 2);
  let d = back(q, from + 1);
  let e = back(q, from);
  for (let t = from; t < STEPS; t++) {
    const mixed =
      t < 20
        ? (((b & c) | (~b & d)) + 0x5a827999) | 0
        : t < 40
          ? ((b ^ c ^ d) + 0x6ed9eba1) | 0
          : t < 60
            ? (((b & c) | (b & d) | (c & d)) - 0x70e44324) | 0
            : ((b ^ c ^ d) - 0x359d3e2a) | 0;
    const added = (((mixed + e) | 0) + (w[t] as number)) | 0;
    const newest = (((a << 5) | (a >>> 27)) + added) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = newest;
    q[t + 5] = newest;
  }
}

/** Computes word t from the five above it. */
function stepBack(q: Int32Array, t: number, message: number): void {
  const newest = q[t + 4] as number;
  const b = q[t + 3] as number;
  const c = back(q, t + 2);
  const d = back(q, t + 1);
  const mixed =
    t < 20
      ? (((b & c) | (~b & d)) + 0x5a827999) | 0
      : t < 40
        ? ((b ^ c ^ d) + 0x6ed9eba1) | 0
        : t < 60
          ? (((b & c) | (b & d) | (c & d)) - 0x70e44324) | 0
          : ((b ^ c ^ d) - 0x359d3e2a) | 0;
  const word = ((q[t + 5] as number) - ((newest << 5) | (newest >>> 27)) - mixed - message) | 0;
  q[t] = (word << 2) | (word >>> 30);
}

/** Bits that are set. */
function weight(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
