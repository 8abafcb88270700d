import assert from 'node:assert/strict';
import { EngineError } from '../../src/engine/errors';
import { type Proxy, proxyFor } from '../../src/engine/transport/proxy';
import { type HttpRemote, parseRemote } from '../../src/engine/xfer/remote';

function web(url: string): HttpRemote {
  const remote = parseRemote(url);
  assert.ok(remote.scheme === 'http' || remote.scheme === 'https');
  return remote;
}

describe('The choice of a proxy', () => {
  const variables = { http_proxy: 'http://h:1', https_proxy: 'https://u:p@s', ALL_PROXY: 'a:3' };
  const chosen = (url: string, sources: Partial<Parameters<typeof proxyFor>[1]>): Proxy | undefined =>
    proxyFor(web(url), { variables: {}, ...sources });

  it('follows the option, else the setting, else the variables of the scheme', () => {
    assert.deepEqual(chosen('http://x/', { variables }), { isSecure: false, host: 'h', port: 1 });
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    assert.deepEqual(chosen('https://x/', { variables }), { isSecure: true, host: 's', port: 443, authorization });
    assert.equal(chosen('https://x/', { variables: { http_proxy: 'h' } })?.host, 'h');
    assert.equal(chosen('http://x/', { variables: { https_proxy: 's', ALL_PROXY: 'a:3' } })?.port, 3);
    assert.equal(chosen('http://x/', { variables, setting: 'http://set' })?.host, 'set');
    assert.equal(chosen('http://x/', { variables, setting: 'system' })?.host, 'h');
    assert.equal(chosen('http://x/', { variables, setting: 'http://set', option: 'http://opt' })?.host, 'opt');
    for (const off of ['off', 'no', '0', 'false', '']) {
      assert.equal(chosen('http://x/', { variables, setting: off }), undefined);
      assert.equal(chosen('http://x/', { variables, option: off }), undefined);
    }
    assert.equal(chosen('http://x/', {}), undefined);
    assert.equal(chosen('http://x/', { option: '[::1]:8' })?.host, '::1');
  });

  it('refuses what is no proxy, without showing a password', () => {
    for (const option of ['socks5://u:secret@h', 'http://u:secret@:x'])
      assert.throws(
        () => chosen('http://x/', { option }),
        (error: unknown) =>
          error instanceof EngineError && error.code === 'url-malformed' && !/secret/.test(error.message),
      );
  });

  const direct: [noProxy: string, url: string, isDirect: boolean][] = [
    ['*', 'http://anything/', true],
    ['example.org', 'http://example.org/', true],
    ['example.org', 'http://sub.example.org/', true],
    ['example.org', 'http://notexample.org/', false],
    ['.example.org', 'http://sub.example.org/', true],
    ['*.example.org', 'http://sub.example.org/', true],
    ['EXAMPLE.org', 'http://example.org/', true],
    ['example.org:8080', 'http://example.org:8080/', true],
    ['example.org:8080', 'http://example.org/', false],
    ['example.org:443', 'https://example.org/', true],
    ['a, b ,localhost', 'http://localhost/', true],
    ['127.0.0.1', 'http://127.0.0.1:1/', true],
    ['::1', 'http://[::1]:1/', true],
    ['[::1]', 'http://[::1]:1/', true],
    ['[::1]:2', 'http://[::1]:1/', false],
    ['', 'http://example.org/', false],
    [',', 'http://example.org/', false],
  ];
  for (const [noProxy, url, isDirect] of direct) {
    it(`${isDirect ? 'leaves it out' : 'takes it'} for ${url} where no_proxy is "${noProxy}"`, () => {
      for (const name of ['no_proxy', 'NO_PROXY'])
        assert.equal(chosen(url, { variables: { ...variables, [name]: noProxy } }) === undefined, isDirect);
    });
  }

  it("is the user's where an option or a setting names one: no_proxy is about the variables", () => {
    assert.equal(chosen('http://x/', { variables: { no_proxy: '*' }, option: 'h' })?.host, 'h');
  });
});
