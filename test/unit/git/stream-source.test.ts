import assert from 'node:assert/strict';
import { StreamSource } from '../../../src/engine/git/stream-source';

describe('the source of a stream', () => {
  it('hands out bytes that keep nothing else of the chunks they came in', async () => {
    const chunk = Buffer.alloc(1 << 20, 'line\n');
    const chunks = (async function* () {
      yield await Promise.resolve(chunk);
      yield await Promise.resolve(Buffer.from('and more'));
    })();
    const source = new StreamSource(chunks);
    assert.equal(Buffer.from((await source.line()) ?? []).toString(), 'line');
    const within = await source.bytes(10);
    const across = await source.bytes(chunk.length - source.position + 3);
    const last = await source.bytes(5);
    for (const bytes of [within, across, last]) assert.equal(bytes.buffer.byteLength, bytes.length);
    chunk.fill(0);
    assert.equal(Buffer.from(within).toString(), 'line\nline\n');
    assert.equal(Buffer.from(across.subarray(-4)).toString(), 'land');
    assert.equal(Buffer.from(last).toString(), ' more');
  });
});
