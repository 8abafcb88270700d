import { encodeToken } from '../codec/fossil-encoding';
import { utf8 } from '../codec/utf8';
import type { Hashing } from '../platform/hash';

/**
 * The login card that goes in front of a message (fossil.md 1.5).
 * @param secret - the shared secret: 40 hexadecimal digits
 * @param message - every byte that follows the card's line
 * @returns the card with its line feed
 */
export function loginCard(hashing: Hashing, user: string, secret: string, message: Uint8Array): Uint8Array {
  const nonce = hashing.hex('sha1', message);
  return utf8(`login ${encodeToken(user)} ${nonce} ${signatureOf(hashing, nonce, secret)}\n`);
}

/** The signature that proves knowledge of the secret for one message. */
export function signatureOf(hashing: Hashing, nonce: string, secret: string): string {
  return hashing.hex('sha1', utf8(nonce + secret));
}

/** @returns whether the nonce is the hash of the message, which comes in pieces; a nonce of 64 digits is SHA3-256 */
export function isNonceOf(hashing: Hashing, nonce: string, message: Iterable<Uint8Array>): boolean {
  const digest = hashing.create(nonce.length === 64 ? 'sha3-256' : 'sha1');
  for (const piece of message) digest.update(piece);
  return isSameText(nonce, digest.hex());
}

/** Compares in a time that does not tell how much is equal. */
export function isSameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++)
    difference |= a.charCodeAt(index % (a.length || 1)) ^ b.charCodeAt(index);
  return difference === 0;
}
