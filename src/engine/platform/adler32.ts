/** So many bytes can be summed before the sums must be reduced. */
const STRETCH = 3800;
const MODULUS = 65521;

/** The checksum that ends a zlib stream (RFC 1950). */
export class Adler32 {
  #a = 1;
  #b = 0;

  update(bytes: Uint8Array): void {
    let a = this.#a;
    let b = this.#b;
    for (let start = 0; start < bytes.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, bytes.length);
      for (let at = start; at < end; at++) {
        a += bytes[at] ?? 0;
        b += a;
      }
      a %= MODULUS;
      b %= MODULUS;
    }
    this.#a = a;
    this.#b = b;
  }

  get value(): number {
    return ((this.#b << 16) | this.#a) >>> 0;
  }
}
