import assert from 'node:assert/strict';
import { describeSkew } from '../../../src/engine/operations/describe';

describe('What is told of a clock', () => {
  for (const [seconds, words] of [
    [11, '11 seconds ahead of'],
    [-119, '119 seconds behind'],
    [120, '2 minutes ahead of'],
    [-2 * 3600, '2 hours behind'],
    [-217_486_061, '2,517 days behind'],
  ] as const) {
    it(`${seconds} s: ${words}`, () => assert.equal(describeSkew(seconds), `The server's clock is ${words} yours`));
  }
});
