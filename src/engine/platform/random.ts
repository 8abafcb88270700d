/** Randomness, handed in so that a seed can replay a run. */
export interface Random {
  /** @returns `length` random bytes */
  bytes(length: number): Uint8Array;
}
