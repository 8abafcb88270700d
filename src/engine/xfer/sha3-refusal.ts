import type { MessageWriter } from './message-writer';

const SHA1_DIGITS = 40;

export function isSha3(hash: string): boolean {
  return hash.length > SHA1_DIGITS;
}

/** Said instead of each artifact whose name the client's Fossil would not understand (fossil.md 2.3). */
export function refuseSha3(reply: MessageWriter): void {
  reply.notice('error', 'Fossil version 2.0 or later required.');
}
