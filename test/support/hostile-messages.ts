import { createHash } from 'node:crypto';
import { packContainer } from '../../src/engine/codec/container';
import { createDelta } from '../../src/engine/codec/delta-create';
import { utf8 } from '../../src/engine/codec/utf8';
import { nodeZlib } from '../../src/engine/platform/zlib-node';

// What hostile messages are made of, as Latin-1. `hello` and `later` are artifacts that nobody has.

export const sha1 = (content: string): string => createHash('sha1').update(content).digest('hex');
export const sha3 = (content: string): string => createHash('sha3-256').update(content).digest('hex');

/** Name of `hello`. */
export const NEW = sha3('hello');
/** Name of `later`. */
export const LATER = sha3('later');
/** With what every reply ends. */
export const TRAILER = '# timestamp 2026-11-20T18:08:50 errors 0\n';

export const file = (hash: string, content: string): string => `file ${hash} ${content.length}\n${content}`;

/** A delta from `hello`, whatever the card says that it comes from. */
export function delta(hash: string, source: string, target = 'later'): string {
  return file(`${hash} ${source}`, deltaOf(target));
}

/** What turns `hello` into a text. */
export function deltaOf(target: string): string {
  return Buffer.from(createDelta(utf8('hello'), utf8(target))).toString('latin1');
}

/** The container of a content. @param claims - bytes that it says to hold, instead of the truth */
export function packed(content: string, claims?: number): Buffer {
  const container = Buffer.from(packContainer(nodeZlib, utf8(content)));
  if (claims !== undefined) container.writeUInt32BE(claims);
  return container;
}
