import assert from 'node:assert/strict';
import { utf8 } from '../../../src/engine/codec/utf8';
import { loginCookie, takesLoginCookie } from '../../../src/engine/xfer/login-cookie';

describe('A login that travels as a cookie', () => {
  it('is taken by servers from the day on which Fossil learnt it', () => {
    assert.equal(takesLoginCookie(22700, 20250727, 110500), true);
    assert.equal(takesLoginCookie(22700, 20250727, 110499), false);
    assert.equal(takesLoginCookie(22700, 20250728, 0), true);
    assert.equal(takesLoginCookie(22699, 20260101, 0), false);
    assert.equal(takesLoginCookie(22100, 20230226, 192424), false);
    assert.equal(takesLoginCookie(22700), false);
    assert.equal(takesLoginCookie(), false);
  });

  it('is the card without its line feed, escaped as Fossil does', () => {
    const [nonce, signature] = ['5'.repeat(40), 'a'.repeat(40)];
    assert.equal(loginCookie(utf8(`login carol ${nonce} ${signature}\n`)), `x-f-l-c=login+carol+${nonce}+${signature}`);
    assert.equal(loginCookie(utf8('login a\\sb;ü x y')), 'x-f-l-c=login+a%5Csb%3B%C3%BC+x+y');
  });
});
