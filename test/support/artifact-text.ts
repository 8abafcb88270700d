import { createHash } from 'node:crypto';

/** @returns the text as bytes with the right Z-card behind it */
export function sealed(cards: string | Uint8Array): Uint8Array {
  const bytes = typeof cards === 'string' ? Buffer.from(cards) : Buffer.from(cards);
  return Uint8Array.from([...bytes, ...Buffer.from(`Z ${createHash('md5').update(bytes).digest('hex')}\n`)]);
}
