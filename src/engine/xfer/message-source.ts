/** The bytes of one message, inflated, which can be read more than once: in memory, or in a file when they are many. */
export interface MessageSource {
  /** Bytes. */
  readonly length: number;
  /** The bytes from `offset` on, in pieces that nobody reuses. */
  read(offset?: number): Iterable<Uint8Array>;
}

export function messageInMemory(bytes: Uint8Array): MessageSource {
  return { length: bytes.length, read: (offset = 0) => [bytes.subarray(offset)] };
}
