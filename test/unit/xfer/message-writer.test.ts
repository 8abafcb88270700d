import assert from 'node:assert/strict';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import type { Hash } from '../../../src/engine/identifiers';
import { MessageWriter } from '../../../src/engine/xfer/message-writer';

const HASH = 'a'.repeat(40) as Hash;

describe('Writing a sync message', () => {
  it('puts no line feed behind a file payload, and one behind a container only when it does not end with one', () => {
    const message = new MessageWriter()
      .file(HASH, utf8('abc'))
      .compressedFile(HASH, 7, utf8('x\n'))
      .compressedFile(HASH, 7, utf8('y'))
      .card('private');
    assert.equal(textOf(message.bytes()), `file ${HASH} 3\nabccfile ${HASH} 7 2\nx\ncfile ${HASH} 7 1\ny\nprivate\n`);
  });

  it('encodes notices as one token', () => {
    assert.equal(
      textOf(new MessageWriter().notice('error', 'not authorized to read').bytes()),
      'error not\\sauthorized\\sto\\sread\n',
    );
  });

  it('knows its size and forgets everything when cleared', () => {
    const message = new MessageWriter().igot(HASH, true);
    assert.equal(message.size, message.bytes().length);
    message.clear();
    assert.equal(message.size, 0);
    assert.equal(message.bytes().length, 0);
  });
});
