import assert from 'node:assert/strict';
import { linkedPrefix } from '../../../src/engine/repository/link-target';
import { findMarkdownLinks } from '../../../src/engine/repository/markdown-links';
import { findWikiLinks } from '../../../src/engine/repository/wiki-links';

/** What `fossil test-backlinks` 2.21 finds in each text. */
const WIKI: [string, string[]][] = [
  ['[abcd] and [ef01|label] and [ef02 | label]', ['abcd', 'ef01', 'ef02']],
  ['[/info/abcd] [/info/abcdef] [wiki:abcd] [ abcd]', ['abcd', 'abcdef']],
  ['[abcd\n|two lines] [ef01', []],
  ['[abc] [abcg] [ABCD]', ['abcd']],
  ['<b>[abcd]</b> <a href="ef01">[ef02]</a> <unknown [ef03]>', ['abcd', 'ef02', 'ef03']],
  ['<nowiki>[abcd]</nowiki> [ef01]', ['ef01']],
  ['<verbatim>[abcd] <b>[ef01]</b></verbatim> [ef02]', ['ef02']],
  ['<verbatim id=x>[abcd]</verbatim id=x> [ef01] </verbatim> [ef02]', []],
  ['<verbatim type=pikchr>[abcd]</verbatim> [ef01]', ['ef01']],
  ['<!-- [abcd] --> &lt;[ef01]&gt; < [ef02]', ['abcd', 'ef01', 'ef02']],
];

const MARKDOWN: [string, string[]][] = [
  ['[x](abcd) and [y]( <ef01> "title" ) and ![no](ef02)', ['abcd', 'ef01']],
  ['[x](/info/abcd) <http://ef01> <ef02> [ef03]', ['abcd']],
  ['[x][ref] [ref][] [Ref] [other]\n\n[ref]: abcd "title"\n[other]: <ef01>\n', ['abcd', 'ef01']],
  ['`[x](abcd)` ``[y](ef01)`` \\[z](ef02) **[w](ef03)**', ['ef03']],
  ['    [x](abcd)\n\n> [y](ef01)\n\n* [z](ef02)\n\n```\n[w](ef03)\n```\n', ['ef01', 'ef02']],
  ['| [x](abcd) | b |\n|---|---|\n| [y](ef01) | `[z](ef02)` |\n', ['abcd', 'ef01']],
  ['# [x](abcd)\n\n[y](ef01)\n===\n', ['abcd', 'ef01']],
  [
    'text[^n] and (^[x](abcd)) and [span](^[y](ef01))\n\n[^n]: [z](ef02)\n[^unused]: [w](ef03)\n',
    ['abcd', 'ef01', 'ef02'],
  ],
  ['[a [b](abcd) c](ef01)', ['abcd', 'ef01']],
  ['<pre>\n[x](abcd)\n</pre>\n\n<b>[y](ef01)</b> <!-- [z](ef02) -->\n', ['ef01']],
  ['Größe *[é](abcd)* __[x](ef01)__', ['abcd', 'ef01']],
];

describe('the search for hyperlinks', () => {
  for (const [text, prefixes] of WIKI) {
    it(`finds what counts in the wiki text ${JSON.stringify(text)}`, () => {
      assert.deepEqual(prefixesOf(findWikiLinks(text, false)), prefixes);
    });
  }

  for (const [text, prefixes] of MARKDOWN) {
    it(`finds what counts in the Markdown ${JSON.stringify(text)}`, () => {
      assert.deepEqual(prefixesOf(findMarkdownLinks(text)), prefixes);
    });
  }

  it('finds brackets everywhere when a project writes its wiki as HTML', () => {
    assert.deepEqual(prefixesOf(findWikiLinks('<nowiki>[abcd]</nowiki> <b title="[ef01]">', true)), ['abcd', 'ef01']);
  });

  it('takes four to 64 digits as the beginning of a name, and nothing else', () => {
    const digits = 'a'.repeat(64);
    assert.equal(linkedPrefix('ABCD'), 'abcd');
    assert.equal(linkedPrefix(digits), digits);
    assert.equal(linkedPrefix(`/info/${digits}`), digits);
    for (const target of ['abc', `${digits}a`, '/info/abc', 'info/abcd', '#abcd', 'abcd?x', '']) {
      assert.equal(linkedPrefix(target), undefined, target);
    }
  });

  it('ends soon in texts that make every character look at all the rest', () => {
    const texts = ['[', '*a', '_a ', '(^', '`` ', '<a ', '[a](', '[a][', '***a', '<pre> </'];
    for (const text of texts) findMarkdownLinks(text.repeat(100_000 / text.length));
    for (const text of ['[', '<a "', '<verbatim>']) findWikiLinks(text.repeat(100_000 / text.length), false);
  }).timeout(60_000);
});

function prefixesOf(targets: readonly string[]): string[] {
  return [...new Set(targets.map(linkedPrefix).filter((prefix) => prefix !== undefined))].sort();
}
