/**
 * Keccak-f[1600] for two messages side by side, as a WebAssembly program: each of the 25 lanes is one vector register, with the first message
 * in its lower and the second in its upper half. Processors do both at nearly the price of one.
 */

/** Bytes of a message that one block of SHA3-256 takes in. */
export const BLOCK = 136;
/** Where the state lies in the program's memory: 25 lanes of 16 bytes. */
export const STATE_AT = 0;
export const STATE_BYTES = 400;
const ROUND_CONSTANTS_AT = 512;
/** From here on the memory is the caller's. */
export const FREE_AT = 1024;

const ROUNDS = 24;
const LANES_OF_BLOCK = BLOCK / 8;

/** Rotation of each lane, by x + 5 * y (FIPS 202, 3.2.2). */
const ROTATIONS = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
] as const;

const OP = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  constant: 0x41,
  isBelow: 0x49,
  add: 0x6a,
  subtract: 0x6b,
} as const;

/** Behind the prefix 0xfd. */
const VECTOR = {
  load: 0x00,
  loadBoth64: 0x0a,
  store: 0x0b,
  andNot: 0x4f,
  or: 0x50,
  xor: 0x51,
  loadUpper64: 0x57,
  loadLower64: 0x5d,
  shiftLeft: 0xcb,
  shiftRight: 0xcd,
} as const;

const TYPE = { i32: 0x7f, vector: 0x7b, empty: 0x40, function: 0x60 } as const;

// Parameters: where the blocks of either message begin, and how many there are.
const FIRST = 0;
const SECOND = 1;
const BLOCKS = 2;
// Offset of the round's constant.
const ROUND = 3;
const before = (lane: number): number => 4 + lane;
const after = (lane: number): number => 29 + lane;
const column = (x: number): number => 54 + x;
const effect = (x: number): number => 59 + x;
const turned = (x: number): number => 64 + x;
const SCRATCH = 69;
const VECTORS = SCRATCH - 3;

/** @returns the module; it exports `memory` and `absorb(first, second, blocks)` */
export function keccakProgram(): Uint8Array<ArrayBuffer> {
  const body = [2, 1, TYPE.i32, ...unsigned(VECTORS), TYPE.vector, ...absorb()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, TYPE.function, 3, TYPE.i32, TYPE.i32, TYPE.i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 4]),
    ...section(7, [2, ...text('memory'), 2, 0, ...text('absorb'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
    ...section(11, [1, 0, OP.constant, ...signed(ROUND_CONSTANTS_AT), OP.end, ...bytes(roundConstants())]),
  ]);
}

function absorb(): number[] {
  const code: number[] = [];
  const emit = (...parts: number[]): void => void code.push(...parts);
  const get = (local: number): void => emit(OP.get, ...unsigned(local));
  const set = (local: number): void => emit(OP.set, ...unsigned(local));
  const number = (value: number): void => emit(OP.constant, ...signed(value));
  const vector = (operation: number): void => emit(0xfd, ...unsigned(operation));
  const memory = (operation: number, offset: number): void =>
    emit(0xfd, ...unsigned(operation), 0, ...unsigned(offset));
  const xorWith = (local: number): void => {
    get(local);
    vector(VECTOR.xor);
  };
  const rotate = (bits: number): void => {
    if (bits === 0) return;
    emit(OP.tee, ...unsigned(SCRATCH));
    number(bits);
    vector(VECTOR.shiftLeft);
    get(SCRATCH);
    number(64 - bits);
    vector(VECTOR.shiftRight);
    vector(VECTOR.or);
  };

  /** Takes the state from one set of locals into the other: two rounds need no moving between. */
  const round = (before: (lane: number) => number, after: (lane: number) => number, constantAt: number): void => {
    for (let x = 0; x < 5; x++) {
      get(before(x));
      for (let y = 1; y < 5; y++) xorWith(before(x + 5 * y));
      set(column(x));
    }
    for (let x = 0; x < 5; x++) {
      get(column((x + 1) % 5));
      rotate(1);
      xorWith(column((x + 4) % 5));
      set(effect(x));
    }
    for (let row = 0; row < 5; row++) {
      for (let y = 0; y < 5; y++) {
        // The lane that pi brings to place y of this row.
        const x = (3 * row + y) % 5;
        get(before(x + 5 * y));
        xorWith(effect(x));
        rotate(ROTATIONS[x + 5 * y] ?? 0);
        set(turned(y));
      }
      for (let x = 0; x < 5; x++) {
        get(turned((x + 2) % 5));
        get(turned((x + 1) % 5));
        vector(VECTOR.andNot);
        xorWith(turned(x));
        if (row === 0 && x === 0) {
          get(ROUND);
          memory(VECTOR.loadBoth64, constantAt);
          vector(VECTOR.xor);
        }
        set(after(x + 5 * row));
      }
    }
  };
  for (let lane = 0; lane < 25; lane++) {
    number(STATE_AT);
    memory(VECTOR.load, 16 * lane);
    set(before(lane));
  }
  emit(OP.loop, TYPE.empty);
  for (let lane = 0; lane < LANES_OF_BLOCK; lane++) {
    get(SECOND);
    get(FIRST);
    memory(VECTOR.loadLower64, 8 * lane);
    memory(VECTOR.loadUpper64, 8 * lane);
    emit(1);
    xorWith(before(lane));
    set(before(lane));
  }
  number(0);
  set(ROUND);
  emit(OP.loop, TYPE.empty);
  round(before, after, ROUND_CONSTANTS_AT);
  round(after, before, ROUND_CONSTANTS_AT + 8);
  get(ROUND);
  number(16);
  emit(OP.add, OP.tee, ...unsigned(ROUND));
  number(8 * ROUNDS);
  emit(OP.isBelow, OP.branchIf, 0, OP.end);
  for (const pointer of [FIRST, SECOND]) {
    get(pointer);
    number(BLOCK);
    emit(OP.add);
    set(pointer);
  }
  get(BLOCKS);
  number(1);
  emit(OP.subtract, OP.tee, ...unsigned(BLOCKS), OP.branchIf, 0, OP.end);
  for (let lane = 0; lane < 25; lane++) {
    number(STATE_AT);
    get(before(lane));
    memory(VECTOR.store, 16 * lane);
  }
  emit(OP.end);
  return code;
}

/** The constants of iota, little-endian (FIPS 202, 3.2.5). */
function roundConstants(): number[] {
  const constants = new DataView(new ArrayBuffer(8 * ROUNDS));
  let register = 1;
  for (let round = 0; round < ROUNDS; round++) {
    let constant = 0n;
    for (let bit = 0; bit < 7; bit++) {
      if (register & 1) constant |= 1n << BigInt((1 << bit) - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    constants.setBigUint64(8 * round, constant, true);
  }
  return [...new Uint8Array(constants.buffer)];
}

function section(id: number, content: number[]): number[] {
  return [id, ...bytes(content)];
}

function text(name: string): number[] {
  return bytes(Array.from(name, (letter) => letter.charCodeAt(0)));
}

function bytes(content: number[]): number[] {
  return [...unsigned(content.length), ...content];
}

/** LEB128 */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Signed LEB128, of what is not negative. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
