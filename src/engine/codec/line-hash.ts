import { bytesOfText } from './byte-text';

/** Factor and modulus of Fossil's hash of a line, and the bits below it that hold the line's length. */
const FACTOR = 9_000_000_000_000_000_041n;
const MODULUS = 281_474_976_710_597n;
const LENGTH_BITS = 15n;
const WORD = 8;

/**
 * Fossil's 64-bit hash of what counts of a line. Which of several equal lines it takes depends on how far lines share the buckets of a table.
 * @param key - without its line feed
 * @param byByte - as where all white space is ignored
 */
export function lineHash(key: string, byByte: boolean): bigint {
  const bytes = bytesOfText(key);
  const hash = byByte ? hashOfBytes(bytes) : hashOfWords(bytes);
  return ((hash % MODULUS) << LENGTH_BITS) | BigInt(bytes.length);
}

function hashOfWords(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length - (bytes.length % WORD);
  let hash = 0n;
  for (let at = 0; at < whole; at += WORD) hash = BigInt.asUintN(64, (hash ^ view.getBigUint64(at, true)) * FACTOR);
  let rest = 0n;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8n) | BigInt(view.getUint8(at));
  return hash ^ rest;
}

function hashOfBytes(bytes: Uint8Array): bigint {
  let hash = 0n;
  // Bytes are signed there.
  for (const byte of new Int8Array(bytes))
    hash = BigInt.asUintN(64, (hash ^ BigInt.asUintN(64, BigInt(byte))) * FACTOR);
  return hash;
}
