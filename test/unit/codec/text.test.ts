import assert from 'node:assert/strict';
import { bytesOfText, byteTextOf } from '../../../src/engine/codec/byte-text';
import { decodeToken, encodeToken } from '../../../src/engine/codec/fossil-encoding';
import { obscure, unobscure } from '../../../src/engine/codec/obscure';
import { compareBytes, textOf, utf8 } from '../../../src/engine/codec/utf8';
import { forSeeds, type Seeded } from '../../support/seeded';

const CHARACTERS = [
  'a',
  'Z',
  '~',
  ' ',
  '\n',
  '\\',
  '\0',
  'é',
  '\u0800',
  '\uD7FF',
  '\uE000',
  '\uFFFD',
  '\uFFFF',
  '😀',
  '𐀀',
  '\u{10FFFF}',
];

function textOfSeed(seeded: Seeded): string {
  return Array.from({ length: seeded.below(8) }, () => seeded.pick(CHARACTERS)).join('');
}

describe('utf8', () => {
  it('keeps a byte-order mark', () => {
    assert.equal(textOf(Uint8Array.from([0xef, 0xbb, 0xbf, 0x61])), '\uFEFFa');
    assert.deepEqual(utf8('\uFEFFa'), Uint8Array.from([0xef, 0xbb, 0xbf, 0x61]));
  });

  it('replaces what is not UTF-8', () => {
    assert.equal(textOf(Uint8Array.from([0x61, 0xff, 0x62])), 'a\uFFFDb');
  });
});

describe('compareBytes', () => {
  it('orders by UTF-8 bytes, not by UTF-16 units', () => {
    const names = ['😀', '\uFFFD', 'z', 'é'];
    assert.deepEqual([...names].sort(), ['z', 'é', '😀', '\uFFFD']);
    assert.deepEqual([...names].sort(compareBytes), ['z', 'é', '\uFFFD', '😀']);
  });

  it('agrees with the order of the bytes for any two texts', () => {
    forSeeds(2000, (seeded) => {
      const [a, b] = [textOfSeed(seeded), textOfSeed(seeded)];
      assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(utf8(a), utf8(b)), JSON.stringify([a, b]));
    });
  });

  it('orders texts of bytes that are no UTF-8 by those bytes', () => {
    forSeeds(3000, (seeded) => {
      const [a, b] = [randomBytes(seeded), randomBytes(seeded)];
      assert.equal(
        Math.sign(compareBytes(byteTextOf(a), byteTextOf(b))),
        Buffer.compare(a, b),
        Buffer.from(a).toString('hex'),
      );
    });
  });
});

describe('byteTextOf', () => {
  it('reads UTF-8 as textOf does', () => {
    forSeeds(300, (seeded) => {
      const text = textOfSeed(seeded);
      assert.equal(byteTextOf(utf8(text)), text);
      assert.deepEqual(bytesOfText(text), utf8(text));
    });
  });

  it('gives back any bytes', () => {
    forSeeds(3000, (seeded) => {
      const bytes = randomBytes(seeded);
      assert.deepEqual(bytesOfText(byteTextOf(bytes)), bytes);
    });
  });
});

describe('fossil-encoding', () => {
  it('escapes exactly the eight characters of the reference', () => {
    assert.equal(encodeToken(' \t\n\r\f\v\0\\'), '\\s\\t\\n\\r\\f\\v\\0\\\\');
    const others = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => !' \t\n\r\f\v\0\\'.includes(character),
    );
    for (const character of others) assert.equal(encodeToken(character), character);
  });

  it('decodes what it encoded', () => {
    forSeeds(500, (seeded) => {
      const text = textOfSeed(seeded);
      assert.equal(decodeToken(encodeToken(text)), text);
      assert.doesNotMatch(encodeToken(text), /\s/);
    });
  });

  it('takes an unknown escape for its letter and keeps a lone backslash at the end', () => {
    assert.equal(decodeToken('a\\qb\\😀\\'), 'aqb😀\\');
    assert.equal(decodeToken('\\\\s\\s\\'), '\\s \\');
  });
});

describe('obscure', () => {
  it('writes the reference example', () => {
    assert.equal(obscure('bobpw', 0x10), '10d55e43834d');
  });

  it('is undone whatever the salt', () => {
    forSeeds(300, (seeded) => {
      const text = textOfSeed(seeded);
      assert.equal(unobscure(obscure(text, seeded.below(256))), text);
    });
  });

  it('leaves alone what is not hexadecimal', () => {
    for (const text of ['', 'a', 'abc', 'secret', '10d5é5']) assert.equal(unobscure(text), text);
  });
});

/** Bytes of which about half are no UTF-8. */
function randomBytes(seeded: Seeded): Uint8Array {
  const pieces = Array.from({ length: seeded.below(6) }, () =>
    seeded.below(2) ? utf8(seeded.pick(CHARACTERS)) : seeded.bytes(1 + seeded.below(3)),
  );
  return Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)));
}
