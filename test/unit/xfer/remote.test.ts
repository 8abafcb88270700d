import assert from 'node:assert/strict';
import { EngineError, hasCode } from '../../../src/engine/errors';
import { authorityOf, canonicalUrl, parseRemote, withoutLogin } from '../../../src/engine/xfer/remote';

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

  it('may be a file on another computer, reached by ssh', () => {
    assert.deepEqual(parseRemote('SSH://Bob%40x:pw@Host.ORG:2222/a%20b/c+d.fossil?fossil=%2Fopt%2Ffossil'), {
      scheme: 'ssh',
      host: 'host.org',
      port: 2222,
      path: '/a b/c d.fossil',
      program: '/opt/fossil',
      user: 'Bob@x',
    });
    assert.deepEqual(parseRemote('ssh://[::1]//srv/x?a=b'), { scheme: 'ssh', host: '::1', port: 22, path: '//srv/x' });
    assert.equal(
      canonicalUrl(parseRemote('ssh://h:22/a%20b+c%2Bd~é?fossil=trilobite%20serve%20--stdio')),
      'ssh://h/a+b+c%2Bd~%C3%A9?fossil=trilobite',
    );
  });

  it('may be a file on this computer', () => {
    for (const url of ['/srv/a b+c.fossil', 'file:///srv/a%20b%2Bc.fossil', 'FILE:/srv/a+b%2bc.fossil']) {
      assert.deepEqual(parseRemote(url), { scheme: 'file', path: '/srv/a b+c.fossil' });
    }
    assert.equal(canonicalUrl(parseRemote('/srv/a b+c.fossil')), 'file:///srv/a+b%2Bc.fossil');
    assert.equal(canonicalUrl(parseRemote('C:\\x\\a.fossil')), 'file://C:/x/a.fossil');
    assert.deepEqual(parseRemote('file:///C:/x/a.fossil'), { scheme: 'file', path: 'C:/x/a.fossil' });
  });

  it('can be had without the login', () => {
    assert.deepEqual(withoutLogin(parseRemote('https://bob:secret@h/x')), parseRemote('https://h/x'));
  });

  const wrong: [string, RegExp][] = [
    ['', /http:\/\/ or https/],
    ['example.com/repo', /http:\/\/ or https/],
    ['ftp://h/x', /ftp:\/\/ are not supported/],
    ['ssh://h', /path of the repository file is missing/],
    ['ssh://h/', /path of the repository file is missing/],
    ['ssh://-oProxyCommand=x/x', /host is not valid/],
    ['ssh://-oProxyCommand=x@h/x', /user name is not valid/],
    ['ssh://h/x?fossil=rm', /called fossil or trilobite/],
    ['ssh://h/x?fossil=fossil%20rm', /called fossil or trilobite/],
    ['ssh://h/x?fossil=-fossil', /called fossil or trilobite/],
    ['ssh://h/x%00', /percent/],
    ['file://repo.fossil', /whole path/],
    ['file:///a%ff', /percent/],
    ['repo.fossil', /http:\/\/ or https/],
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
