import assert from 'node:assert/strict';
import { artifactLimit } from '../../../src/engine/codec/size-limits';

describe('The largest artifact that is taken from a stranger', () => {
  const cases: [variable: string | undefined, bytes: number][] = [
    [undefined, 512_000_000],
    ['512', 512_000_000],
    ['0.5', 500_000],
    ['1000', 1_000_000_000],
    ['5000', 1_000_000_000],
    ['0', 512_000_000],
    ['-1', 512_000_000],
    ['much', 512_000_000],
  ];
  for (const [variable, bytes] of cases) {
    it(`has ${bytes} bytes where the variable says ${variable ?? 'nothing'}`, () => {
      assert.equal(artifactLimit({ variables: { TRILOBITE_LARGEST_ARTIFACT: variable } }), bytes);
    });
  }
});
