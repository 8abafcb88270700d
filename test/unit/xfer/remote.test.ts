import assert from 'node:assert/strict';
import { EngineError, hasCode } from '../../../src/engine/errors';
import { authorityOf, canonicalUrl, parseRemote } from '../../../src/engine/xfer/remote';

describe('The address of a server', () => {
  it('is taken apart, with its escapes decoded', () => {
    assert.deepEqual(parseRemote('HTTP://Bob%40x:p%2Fw%25@Example.COM:8080/a%20b/c'), {
      scheme: 'http',
      host: 'example.com',
      port: 8080,
      path: '/a%20b/c',
      user: 'Bob@x',
      password: 'p/w%',
    });
  });

  it('gets the default port and path', () => {
    assert.deepEqual(parseRemote('https://h'), { scheme: 'https', host: 'h', port: 443, path: '/' });
    assert.deepEqual(parseRemote(' http://[::1]:99/x '), { scheme: 'http', host: '::1', port: 99, path: '/x' });
  });

  it('is kept without password, default port and capitals of the host', () => {
    assert.equal(canonicalUrl(parseRemote('https://Bob:secret@H.org:443/x')), 'https://Bob@h.org/x');
    assert.equal(canonicalUrl(parseRemote('http://h:8080')), 'http://h:8080/');
    assert.equal(authorityOf(parseRemote('http://[::1]:99/')), '[::1]:99');
  });

  it('escapes what cannot stand in a request', () => {
    assert.equal(parseRemote('http://h/ä b').path, '/%C3%A4%20b');
  });

  const wrong: [string, RegExp][] = [
    ['', /http:\/\/ or https/],
    ['example.com/repo', /http:\/\/ or https/],
    ['ssh://h/x', /ssh:\/\/ are not supported/],
    ['http://', /host is missing/],
    ['http://u:secret@', /host is missing/],
    ['http://u:secret@h:0/', /port/],
    ['http://u:secret@h:99999/', /port/],
    ['http://u:secret@h:http/', /port/],
    ['http://u:secret@h h/', /host is not valid/],
    ['http://:secret@h/', /user name is missing/],
    ['http://u:secret%ff@h/', /percent/],
    ['http://u:secret@h/x?y', /query/],
  ];
  for (const [url, reason] of wrong) {
    it(`is refused with a reason and without the password: "${url}"`, () => {
      assert.throws(
        () => parseRemote(url),
        (error: unknown) =>
          error instanceof EngineError &&
          hasCode(error, 'url-malformed') &&
          reason.test(error.message) &&
          !error.message.includes('secret'),
      );
    });
  }
});
