import assert from 'node:assert/strict';
import { isComment, MAXIMUM_INTEGER, parseInteger, splitTokens } from '../../../src/engine/codec/card-line';
import { bytesOfText } from '../../../src/engine/codec/byte-text';

const line = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('splitTokens', () => {
  it('splits at runs of any ASCII whitespace, also around the line', () => {
    assert.deepEqual(splitTokens(line(' \tigot  abc\v1\f\r\n')), ['igot', 'abc', '1']);
  });

  it('drops tokens beyond the sixth', () => {
    assert.deepEqual(splitTokens(line('a b c d e f g h\n')), ['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('finds none on a blank line', () => {
    assert.deepEqual(splitTokens(line(' \r\n')), []);
    assert.deepEqual(splitTokens(line('')), []);
  });

  it('keeps tokens encoded and loses no byte that is not UTF-8', () => {
    const [card, name = ''] = splitTokens(Uint8Array.from([...line('uvgimme a\\sb'), 0xff, 0x0a]));
    assert.equal(card, 'uvgimme');
    assert.deepEqual(bytesOfText(name), Uint8Array.from([...line('a\\sb'), 0xff]));
  });

  it('does not split at the no-break space', () => {
    assert.deepEqual(splitTokens(line('a\u00a0b\n')), ['a\u00a0b']);
  });
});

describe('parseInteger', () => {
  it('reads plain decimals up to the 32-bit maximum', () => {
    assert.equal(parseInteger('0'), 0);
    assert.equal(parseInteger('007'), 7);
    assert.equal(parseInteger('2147483647'), MAXIMUM_INTEGER);
    assert.equal(parseInteger(''), 0);
  });

  it('refuses signs, other characters and what does not fit', () => {
    for (const token of ['2147483648', '-1', '+1', '1x', 'x', '1.0', '1e3', '99999999999999999999', '１']) {
      assert.equal(parseInteger(token), undefined, token);
    }
  });

  it('takes a larger maximum where a card has 64-bit integers', () => {
    assert.equal(parseInteger('1795198421000', Number.MAX_SAFE_INTEGER), 1795198421000);
  });
});

describe('isComment', () => {
  it('knows a comment by its first character alone', () => {
    assert.ok(isComment(line('# timestamp\n')));
    assert.ok(!isComment(line(' # not one\n')));
    assert.ok(!isComment(line('')));
  });
});
