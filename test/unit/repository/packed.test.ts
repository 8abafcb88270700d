import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Checkin } from '../../../src/engine/artifact/types';
import { PACKED_NAME, packName, unpackName } from '../../../src/engine/codec/packed-name';
import { type Hash, isHash, type Rid } from '../../../src/engine/identifiers';
import { CheckinHeaders } from '../../../src/engine/repository/checkin-headers';
import { NameIndex } from '../../../src/engine/repository/name-index';
import { CheckinPacker, unpackCheckin } from '../../../src/engine/repository/packed-checkins';
import { DIFFERENCE_NUMBERS, DifferencePacker, LINK_NUMBERS } from '../../../src/engine/repository/packed-differences';

/** A name as a digest makes them. */
function nameOf(number: number, length: 40 | 64): Hash {
  return createHash(length === 40 ? 'sha1' : 'sha256')
    .update(String(number))
    .digest('hex') as Hash;
}

describe('Facts about artifacts, packed', () => {
  it('give names back as they were, whatever stood there before', () => {
    const bytes = new Uint8Array(2 * PACKED_NAME).fill(0xff);
    for (const name of ['0123456789abcdef'.repeat(4), 'f0e1d2c3b4'.repeat(4)] as Hash[]) {
      packName(name, bytes, PACKED_NAME);
      assert.equal(unpackName(bytes, PACKED_NAME), name);
    }
  });

  it('find thousands of names, proven or made up, alike at their beginning or not even names', () => {
    const index = new NameIndex();
    const proven = Array.from({ length: 3000 }, (_, i) => nameOf(i, i % 2 === 0 ? 64 : 40));
    const first = proven[0] ?? ('' as Hash);
    const alike = Array.from({ length: 100 }, (_, i) => (first.slice(0, 32) + nameOf(i, 64).slice(32)) as Hash);
    const madeUp = [...alike.slice(50), ...Array.from({ length: 3000 }, (_, i) => `${i}`.padStart(64, 'a') as Hash)];
    const known = [...proven, ...alike.slice(1, 50), ...madeUp, 'no name' as Hash];
    const isMadeUp = new Set(madeUp);
    const packed = new Uint8Array(PACKED_NAME);
    known.forEach((name, i) => index.add(name, (2 ** 40 + i) as Rid, { isProven: !isMadeUp.has(name) }));
    known.forEach((name, i) => {
      assert.equal(index.rid(name), 2 ** 40 + i, name);
      if (!isHash(name)) return;
      packName(name, packed, 0);
      assert.equal(index.ridOfPacked(packed, 0), 2 ** 40 + i, name);
    });
    // The beginning of a longer name is no name.
    for (const unknown of [nameOf(5000, 64), first.slice(0, 40) as Hash, 'neither' as Hash])
      assert.equal(index.rid(unknown), undefined, unknown);
  });

  it('give check-ins back without their files, with bytes that are no UTF-8, until they are removed', () => {
    const checkin: Checkin = {
      type: 'checkin',
      comment: 'caf\udce9 \u{1f98a} "quoted"\n',
      date: 1_167_609_600_123,
      files: [{ name: 'a', hash: nameOf(1, 64), permission: 'regular' }],
      parents: [nameOf(2, 40)],
      cherrypicks: [{ sign: '+', hash: nameOf(3, 64) }],
      tags: [{ sign: '*', name: 'branch', target: '*', value: 'trunk' }],
      user: 'me',
    };
    const packer = new CheckinPacker();
    const long = { ...checkin, comment: `${checkin.comment}${'x'.repeat(20_000)}` };
    packer.add(1, long);
    packer.add(3, checkin);
    const headers = new CheckinHeaders();
    headers.add(packer.finish(), [10, 11, 12, 13] as Rid[]);
    assert.deepEqual([...headers.rids()], [11, 13]);
    assert.deepEqual(headers.get(11 as Rid), { ...long, files: [] });
    assert.deepEqual(headers.get(13 as Rid), { ...checkin, files: [] });
    headers.delete(13 as Rid);
    assert.deepEqual([headers.has(13 as Rid), headers.get(13 as Rid), headers.count], [false, undefined, 1]);
  });

  it('take no more than their bytes for texts that are no UTF-8, or control characters, in check-ins', () => {
    for (const comment of ['\udcff'.repeat(100_000), '\u0001'.repeat(100_000), `\u{1f98a}\udcff`.repeat(20_000)]) {
      const packer = new CheckinPacker();
      packer.add(0, { type: 'checkin', comment, date: 1, files: [], parents: [], cherrypicks: [], tags: [], user: '' });
      const packed = packer.finish();
      assert.ok(packed.bytes.length < 100_200, String(packed.bytes.length));
      assert.deepEqual(unpackCheckin(packed, 0).comment, comment);
    }
  });

  it('leave out differences with names that cannot be packed', () => {
    const packer = new DifferencePacker();
    const [child, parent, content] = [nameOf(1, 64), nameOf(2, 64), nameOf(3, 40)];
    const upperCase = content.toUpperCase() as Hash;
    packer.add(child, parent, [
      { name: 'a', to: content, permission: 0 },
      { name: 'b', to: upperCase, permission: 0 },
    ]);
    packer.add(child, parent, [{ name: 'a', from: upperCase, permission: 0 }]);
    packer.add('no name' as Hash, parent, []);
    assert.equal(packer.finish().numbers.length, 0);
    packer.add(child, parent, [{ name: 'a', from: content, permission: 0 }]);
    assert.equal(packer.finish().numbers.length, DIFFERENCE_NUMBERS + LINK_NUMBERS);
  });
});
