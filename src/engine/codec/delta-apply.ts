import { EngineError } from '../errors';
import { HOW_TO_TAKE_LARGER, LARGEST_ARTIFACT } from './size-limits';

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;
const MAXIMUM = 0xffffffff;
/** Below this many bytes a loop beats making a view. */
const SHORT = 48;

/** Value of each base-64 digit, -1 for any other byte. */
const VALUES = new Int8Array(256).fill(-1);
'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~'.split('').forEach((digit, value) => {
  VALUES[digit.charCodeAt(0)] = value;
});

/** Reads a delta from left to right. */
class DeltaReader {
  position = 0;

  constructor(readonly delta: Uint8Array) {}

  /** @returns the integer here, 0 where there is none, as Fossil reads it */
  integer(): number {
    const delta = this.delta;
    let position = this.position;
    let value = 0;
    for (; position < delta.length; position++) {
      const digit = VALUES[delta[position] as number] as number;
      if (digit < 0) break;
      value = value * 64 + digit;
      if (value > MAXIMUM) throw malformed('a number is too large');
    }
    this.position = position;
    return value;
  }

  /** @returns the byte here, which is passed, or -1 at the end */
  byte(): number {
    return this.position < this.delta.length ? (this.delta[this.position++] as number) : -1;
  }
}

/**
 * Applies a delta (fossil.md 6.1). The checksum is not compared, as Fossil does not: the artifact's name decides.
 *
 * @param allocate - where the target comes from; it is overwritten whole
 * @param limit - refuse a longer target, before allocating: a few copies make gigabytes of a small delta
 * @returns the target, exactly as long as the delta's header says
 * @throws EngineError `delta-malformed` when a segment runs past either end or the size disagrees; `artifact-too-large`
 */
export function applyDelta(
  source: Uint8Array,
  delta: Uint8Array,
  allocate?: (size: number) => Uint8Array<ArrayBuffer>,
  limit = LARGEST_ARTIFACT,
): Uint8Array<ArrayBuffer> {
  checkSegments(source.length, delta);
  const reader = new DeltaReader(delta);
  const size = reader.integer();
  if (size > limit) throw tooLarge(size, limit);
  const target = allocate?.(size) ?? new Uint8Array(size);
  reader.position++;
  let end = 0;
  for (;;) {
    const length = reader.integer();
    const operator = reader.byte();
    if (operator === SEMICOLON) return target;
    if (operator === AT) {
      const offset = reader.integer();
      reader.position++;
      copy(source, offset, length, target, end);
    } else {
      copy(delta, reader.position, length, target, end);
      reader.position += length;
    }
    end += length;
  }
}

/** Size in bytes of the target, from the delta's header alone. @throws EngineError `delta-malformed` */
export function deltaTargetSize(delta: Uint8Array): number {
  const reader = new DeltaReader(delta);
  const size = reader.integer();
  if (reader.byte() !== LINE_FEED) throw malformed('its header has no end');
  return size;
}

/** Walks all segments before a byte is allocated: a header alone may claim 4 GiB. */
function checkSegments(sourceLength: number, delta: Uint8Array): void {
  const size = deltaTargetSize(delta);
  const reader = new DeltaReader(delta);
  reader.integer();
  reader.position++;
  let total = 0;
  for (;;) {
    const length = reader.integer();
    const operator = reader.byte();
    if (operator === SEMICOLON) break;
    total += length;
    if (total > size) throw malformed('it yields more than its header says');
    if (operator === AT) {
      const offset = reader.integer();
      if (reader.byte() !== COMMA) throw malformed('a copy has no end');
      if (offset + length > sourceLength) throw malformed('a copy runs past the end of its source');
    } else if (operator === COLON) {
      if (length > delta.length - reader.position) throw malformed('an insertion runs past its end');
      reader.position += length;
    } else {
      throw malformed(operator < 0 ? 'it has no end' : 'it holds an unknown segment');
    }
  }
  if (total !== size) throw malformed('it yields less than its header says');
}

function copy(from: Uint8Array, offset: number, length: number, to: Uint8Array, at: number): void {
  if (length < SHORT) for (let i = 0; i < length; i++) to[at + i] = from[offset + i] as number;
  else to.set(from.subarray(offset, offset + length), at);
}

function tooLarge(size: number, limit: number): EngineError {
  return new EngineError(
    'artifact-too-large',
    `A delta makes an artifact of ${size} bytes; more than ${limit} bytes are not accepted. ${HOW_TO_TAKE_LARGER}`,
  );
}

function malformed(reason: string): EngineError {
  return new EngineError('delta-malformed', `A delta is damaged: ${reason}. Fetch the artifact again.`);
}
