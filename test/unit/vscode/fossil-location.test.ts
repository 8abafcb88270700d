import assert from 'node:assert/strict';
import { decodeLocation, encodeLocation, type FossilLocation } from '../../../src/vscode/scm/fossil-location';

describe('what a fossil: address names', () => {
  const locations: FossilLocation[] = [
    { kind: 'file', root: '/a b/ü', path: 'src/%20?#.ts' },
    { kind: 'file', root: 'C:\\work', path: 'x', version: 'abc' },
    { kind: 'artifact', root: '/a', hash: '0123' },
    { kind: 'unversioned', root: '/a', hash: '0123' },
  ];
  for (const location of locations) {
    it(`survives the way through a URI: ${JSON.stringify(location)}`, () => {
      assert.deepEqual(decodeLocation(encodeLocation(location)), location);
    });
  }

  it('is nothing when the query is of another making', () => {
    for (const query of ['', '{', 'null', '[]', '{"kind":"file"}', '{"kind":"artifact","root":"/a"}', '{"root":1}']) {
      assert.equal(decodeLocation(query), undefined, query);
    }
  });
});
