import assert from 'node:assert/strict';
import { gitPerson } from '../../../src/engine/git/git-person';
import { gitReferenceName } from '../../../src/engine/git/git-reference';
import { quotePath, readQuotedPath } from '../../../src/engine/git/quoted-path';
import { forSeeds } from '../../support/seeded';

describe('names for Git', () => {
  for (const [name, reference] of [
    ['trunk', 'trunk'],
    ['a b^c:d?e*f[g\\h', 'a_b_c_d_e_f_g_h'],
    ['größe/日本', 'größe/日本'],
    ['..', '__'],
    ['a..b', 'a__b'],
    ['x@{1}', 'x__1}'],
    ['@', '_'],
    ['.hidden', '_hidden'],
    ['end.', 'end_'],
    ['a//b/', 'a/b_'],
    ['a/.b', 'a/_b'],
    ['v1.lock', 'v1_lock'],
    ['tab\there', 'tab_here'],
    ['a\nfrom :1\r\0', 'a_from__1__'],
  ] as const) {
    it(`makes the branch ${JSON.stringify(name)} the ref "${reference}"`, () =>
      assert.equal(gitReferenceName(name), reference));
  }

  for (const [user, contact, person] of [
    [undefined, undefined, '<unknown>'],
    ['ann', undefined, 'ann <ann>'],
    ['ann@x', undefined, 'ann@x <ann@x>'],
    ['ann', '', 'ann <ann>'],
    ['ann', 'Ann, by the door', 'Ann, by the door <Ann, by the door>'],
    ['ann', 'ann@x.org', 'ann <ann@x.org>'],
    ['ann', '"Ann B" <ann@x.org> and more', 'Ann B <ann@x.org>'],
    ['ann', '<ann@x.org>', 'ann <ann@x.org>'],
    ['<a"b>', undefined, 'ab <ab>'],
    ['a\nM 100644 inline x\ndata 0', undefined, 'aM 100644 inline xdata 0 <aM 100644 inline xdata 0>'],
    ['ann', 'Ann\nB', 'AnnB <AnnB>'],
    ['ann', 'Ann\0\r B <ann@x\n.org>\ndata 0', 'Ann B <ann@x.org>'],
    ['a\nb', '<ann@x.org>', 'ab <ann@x.org>'],
    ['\n', undefined, ' <>'],
  ] as const) {
    it(`calls ${JSON.stringify(user ?? 'nobody')} with ${JSON.stringify(contact ?? 'no account')} ${person}`, () => {
      assert.equal(gitPerson(user, contact), person);
    });
  }

  it('reads back every name that it quotes', () => {
    forSeeds(300, (random) => {
      const name = Array.from({ length: 1 + random.below(9) }, () => random.pick('ab"\\\n\r é')).join('');
      const quoted = quotePath(name);
      if (quoted === name) assert.ok(!/^"|\n|\r$/.test(name));
      else assert.deepEqual(readQuotedPath(`${quoted} more`), { path: name, rest: ' more' });
    });
  });
});
