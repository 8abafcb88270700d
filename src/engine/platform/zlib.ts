/** zlib streams (RFC 1950), synchronous. */
export interface Zlib {
  /**
   * @param size - the exact length of the inflated bytes
   * @throws EngineError `container-malformed` when the stream is broken or its length is not `size`
   */
  inflate(stream: Uint8Array, size: number): Uint8Array;
  /** @param level - 1 fastest to 9 smallest; Fossil stores with 6 */
  deflate(bytes: Uint8Array, level?: number): Uint8Array;
}
