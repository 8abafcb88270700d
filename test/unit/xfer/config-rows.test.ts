import assert from 'node:assert/strict';
import { textOf, utf8 } from '../../../src/engine/codec/utf8';
import { formatConfigRow, parseConfigRow } from '../../../src/engine/xfer/config-rows';

describe('A row of a config card', () => {
  it('is read with quotes, blobs, numbers and nothing', () => {
    const row = parseConfigRow(utf8("1795198092 'it''s me' value 'a b\nc' photo X'00ff' cap NULL size 7"));
    assert.equal(row?.mtime, 1795198092);
    assert.equal(row.key, "it's me");
    assert.deepEqual(
      [...row.columns],
      [
        ['value', 'a b\nc'],
        ['photo', Uint8Array.from([0, 255])],
        ['cap', null],
        ['size', 7],
      ],
    );
  });

  it('survives writing and reading', () => {
    const row = { mtime: 2459000.5, key: "All 'Tickets'", columns: new Map([['sqlcode', 'SELECT\n  "x"\tä']]) };
    assert.deepEqual(parseConfigRow(formatConfigRow(row)), row);
    assert.equal(
      textOf(formatConfigRow({ mtime: 1, key: 'a', columns: new Map([['value', null]]) })),
      "1 'a' value NULL",
    );
  });

  it('may hold a text of many megabytes, also of quotes alone', () => {
    for (const value of ['x'.repeat(9_000_000), "'".repeat(4_500_000)]) {
      const row = parseConfigRow(formatConfigRow({ mtime: 1, key: 'footer', columns: new Map([['value', value]]) }));
      assert.ok(row?.columns.get('value') === value, 'another value was read');
    }
  });

  it('is refused when a token is anything but a plain literal', () => {
    for (const text of [
      '',
      '1',
      "x 'a' value 'b'",
      "1 'a' value",
      "1 'a' value (SELECT 1)",
      "1 'a' value 'open",
      "1 'a' VALUE;DROP 'b'",
      "1 'a' value=2 'b'",
    ])
      assert.equal(parseConfigRow(utf8(text)), undefined, text);
  });
});
