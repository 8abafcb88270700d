import assert from 'node:assert/strict';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import { isNonceOf, isSameText, loginCard } from '../../../src/engine/xfer/login';

/** fossil.md 1.5: equal to what Fossil computes. */
const SECRET = 'd354b37bfb8c70d0ecc44040a2a6833eb8d8171e';
const NONCE = 'fb79d2771ec32d3dc471d7633d9654e4dd2331f5';
const SIGNATURE = '53541a30733479fc384731e162f911fccf1a4ac7';

describe('The login card', () => {
  it('signs a message as Fossil does', async () => {
    const hashing = await createNodeHashing();
    const message = utf8(
      'pragma client-version 22100 20230226 192424\npull x 28e8b4d553942cfbe9615616d1ba05e421e52863\n# 0123456789ABCDEF\n',
    );
    assert.equal(textOf(loginCard(hashing, 'bob', SECRET, message)), `login bob ${NONCE} ${SIGNATURE}\n`);
  });

  it('encodes a user name with spaces', async () => {
    const hashing = await createNodeHashing();
    assert.match(
      textOf(loginCard(hashing, 'ann lee', SECRET, utf8('x'))),
      /^login ann\\slee [0-9a-f]{40} [0-9a-f]{40}\n$/,
    );
  });

  it('takes nonces of SHA-1 and SHA3-256, and no other', async () => {
    const hashing = await createNodeHashing();
    const message = utf8('pull a b\n');
    assert.ok(isNonceOf(hashing, hashing.hex('sha1', message), [message]));
    assert.ok(isNonceOf(hashing, hashing.hex('sha3-256', message), [message]));
    assert.ok(!isNonceOf(hashing, hashing.hex('sha1', message), [utf8('pull a c\n')]));
    assert.ok(!isNonceOf(hashing, '', [message]));
  });

  it('compares texts by all of their characters', () => {
    assert.ok(isSameText('abc', 'abc'));
    for (const other of ['abd', 'ab', 'abcd', '']) assert.ok(!isSameText(other, 'abc'), other);
  });
});
