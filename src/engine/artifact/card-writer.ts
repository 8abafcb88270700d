import { bytesOfText } from '../codec/byte-text';
import { encodeToken } from '../codec/fossil-encoding';
import type { Hashing } from '../platform/hash';

/** Composes the bytes of an artifact card by card. */
export class CardWriter {
  private readonly parts: Uint8Array[] = [];
  private lines = '';

  /** Writes a card of tokens that are fit as they stand. */
  card(letter: string, ...tokens: string[]): void {
    this.lines += tokens.length === 0 ? `${letter}\n` : `${letter} ${tokens.join(' ')}\n`;
  }

  /** Writes a card with one token made of `text`, none when it is undefined. */
  textCard(letter: string, text: string | undefined): void {
    if (text !== undefined) this.card(letter, encodeToken(text));
  }

  /** Writes a card of hashes, none when there are none. */
  hashesCard(letter: string, hashes: readonly string[]): void {
    if (hashes.length > 0) this.card(letter, ...hashes);
  }

  /** Writes the W-card. */
  bytesCard(bytes: Uint8Array): void {
    this.card('W', String(bytes.length));
    this.flush();
    this.parts.push(bytes);
    this.lines = '\n';
  }

  /** Ends with the Z-card. @returns the artifact */
  finish(hashing: Hashing): Uint8Array {
    this.flush();
    const digest = hashing.create('md5');
    for (const part of this.parts) digest.update(part);
    this.card('Z', digest.hex());
    this.flush();
    const artifact = new Uint8Array(this.parts.reduce((length, part) => length + part.length, 0));
    let end = 0;
    for (const part of this.parts) {
      artifact.set(part, end);
      end += part.length;
    }
    return artifact;
  }

  private flush(): void {
    this.parts.push(bytesOfText(this.lines));
    this.lines = '';
  }
}
