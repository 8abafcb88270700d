import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { createRepository } from '../../../src/engine/repository/create-repository';
import { linkedPrefix } from '../../../src/engine/repository/link-target';
import { findMarkdownLinks } from '../../../src/engine/repository/markdown-links';
import { findWikiLinks } from '../../../src/engine/repository/wiki-links';
import { applyReceived } from '../../../src/engine/xfer/apply-received';
import { derivedTables } from '../../support/derived-tables';
import { bytesOf, Composer } from '../../support/every-artifact/composer';
import { Seeded } from '../../support/seeded';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';

/** Texts of each markup that the search is tried on. */
const TEXTS = 60;

const MARKDOWN_PIECES = [
  ...[
    '*',
    '**',
    '***',
    '_',
    '__',
    '`',
    '``',
    '```',
    '~~~',
    '[',
    ']',
    '(',
    ')',
    '](',
    '][',
    '[^',
    '(^',
    '!',
    '<',
    '>',
    '<b>',
    '</b>',
  ],
  ...[
    '<a href="',
    '<!--',
    '-->',
    '<http://x/',
    '<pre>',
    '</pre>',
    '<html>',
    '</html>',
    '<hr>',
    '\\',
    '&amp;',
    '\n',
    '\n',
    '\n\n',
    '\n\n',
  ],
  ...[
    '\n    ',
    '\n\t',
    '\n> ',
    '\n- ',
    '\n* ',
    '\n1. ',
    '\n  - ',
    '\n# ',
    '\n===\n',
    '\n---\n',
    '\n***\n',
    '|',
    '\n|',
    ' | ',
    '|---|---|\n',
  ],
  ...[
    'word',
    ' ',
    'é',
    '"',
    "'",
    ':',
    '\n[ref]: ',
    '\n[^n]: ',
    '[ref]',
    '[^n]',
    '[REF][]',
    '[t][ref]',
    ' "title"\n',
    '\n[^n]:\n  ',
    '.cls: ',
  ],
  ...['\r\n', '\r', 'x', '1', '=', '-', '<a@b.c>', '<mailto:a@b.c>'],
];
const WIKI_PIECES = [
  ...[
    '[',
    ']',
    '|',
    '<b>',
    '</b>',
    '<nowiki>',
    '</nowiki>',
    '<verbatim>',
    '</verbatim>',
    '<verbatim id=a>',
    '</verbatim id=a>',
  ],
  ...[
    '<verbatim type="x" id="y">',
    '<verbatim-x>',
    '<verbatim id>',
    '<foo ',
    '>',
    '<a href="',
    '">',
    '</a>',
    '<div id=q>',
    '</div id=q>',
  ],
  ...[
    '<div foo=bar>id=x ',
    '&',
    '&lt;',
    '\n',
    '\n\n',
    '  * ',
    '  1. ',
    '    ',
    ' ',
    'word',
    'é',
    '"',
    "'",
    '=',
    '<',
    '<!--',
    '-->',
    '<br />',
  ],
];

describe('the hyperlinks of random texts', function () {
  this.timeout(60_000);
  let fixture: FossilFixture;
  before(async () => {
    fixture = await FossilFixture.create(drivers[0] ?? 'portable');
  });
  after(() => fixture.remove());

  const markups = {
    'text/x-markdown': { make: randomMarkdown, find: findMarkdownLinks },
    'text/x-fossil-wiki': { make: randomWiki, find: (text: string) => findWikiLinks(text, false) },
  };
  for (const [mimetype, { make, find }] of Object.entries(markups)) {
    it(`of ${mimetype} are those that fossil finds`, async () => {
      let found = 0;
      for (let seed = 1; seed <= TEXTS; seed++) {
        const text = make(new Seeded(seed));
        const theirs = await linksByFossil(fixture, text, mimetype);
        assert.deepEqual(prefixesOf(find(text)), theirs, `seed ${seed}: ${JSON.stringify(text)}`);
        found += theirs.length;
      }
      assert.ok(found > TEXTS, `only ${found} links in all texts`);
    });
  }
});

for (const driver of drivers) {
  describe(`the links of every kind of text, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: FossilFixture;
    before(async () => {
      fixture = await FossilFixture.create(driver);
    });
    after(() => fixture.remove());

    it('equal those of fossil rebuild, whatever comes first', async () => {
      const composer = composeLinkingTexts(fixture);
      const file = path.join(fixture.directory, 'received.fossil');
      const repository = createRepository(fixture.environment, file, { adminUser: 'alice' });
      for (const { hash, bytes } of composer.artifacts.reverse()) {
        await applyReceived(repository, [{ hash, payload: bytes, isPrivate: false }], {});
      }
      repository.db.persist();
      repository.close();
      const { backlink } = await derivedTables(file);
      for (const type of [0, 1, 2, 4])
        assert.ok(
          backlink.some((row) => row.includes(`",${type},"`)),
          `none of type ${type}`,
        );
      await fixture.fossil(fixture.directory, 'rebuild', file);
      assert.deepEqual(backlink, (await derivedTables(file)).backlink);
    });
  });
}

/** Check-ins with edited comments, pages that change their links and their mimetype, technotes, forum posts, tickets. */
function composeLinkingTexts(fixture: FossilFixture): Composer {
  const composer = new Composer(fixture.environment.hash, new Seeded(3), Date.UTC(2024, 0, 1));
  const { seeded } = composer;
  const user = 'alice';
  const text = (index: number): string =>
    index % 2 === 0 ? randomWiki(seeded) : `${randomMarkdown(seeded)} [both](${hex(seeded)}) [${hex(seeded)}]`;
  for (let index = 0; index < 6; index++) {
    const comment = text(0) || 'no comment';
    const checkin = composer.add({
      type: 'checkin',
      comment,
      date: composer.next(),
      files: [],
      parents: [],
      cherrypicks: [],
      tags: [],
      user,
    });
    if (index % 2 === 0) continue;
    const tag = { sign: '+', name: 'comment', target: checkin, value: `now [${hex(seeded)}] and ${text(0)}` } as const;
    composer.add({ type: 'control', date: composer.next(), tags: [tag], user });
  }
  const mimetypes = [undefined, 'text/x-markdown', 'text/plain', 'text/x-fossil-wiki', 'text/html'];
  mimetypes.forEach((mimetype, index) => {
    const written = { user, ...(mimetype === undefined ? {} : { mimetype }) };
    const body = (): Uint8Array => bytesOf(`[${hex(seeded)}] [x](${hex(seeded)})\n\n${text(index)}`);
    const first = composer.add({
      type: 'wiki',
      title: `Page ${index}`,
      date: composer.next(),
      parents: [],
      text: body(),
      ...written,
    });
    composer.add({ type: 'wiki', title: `Page ${index}`, date: composer.next(), parents: [first], text: body(), user });
    composer.add({
      type: 'wiki',
      title: `Other ${index}`,
      date: composer.next(),
      parents: [],
      text: body(),
      ...written,
    });
    composer.add({ type: 'forum', title: `Post ${index}`, date: composer.next(), text: body(), ...written });
    const date = composer.next();
    composer.add({
      type: 'technote',
      comment: 'a note',
      date,
      eventDate: date,
      eventId: composer.id(),
      parents: [],
      tags: [],
      text: body(),
      ...written,
    });
    const fields = [{ name: 'icomment', isAppend: false, value: new TextDecoder().decode(body()) }];
    if (mimetype !== undefined) fields.push({ name: 'mimetype', isAppend: false, value: mimetype });
    composer.add({ type: 'ticket', date: composer.next(), fields, ticket: composer.id(), user });
  });
  return composer;
}

async function linksByFossil(fixture: FossilFixture, text: string, mimetype: string): Promise<string[]> {
  const file = path.join(fixture.directory, 'text');
  await fs.writeFile(file, text);
  const output = await fixture.fossil(fixture.directory, 'test-backlinks', '2', '5', file, '--mimetype', mimetype);
  return [...new Set([...output.matchAll(/target='([^']*)'/g)].map((match) => match[1] ?? ''))].sort();
}

function prefixesOf(targets: readonly string[]): string[] {
  return [...new Set(targets.map(linkedPrefix).filter((prefix) => prefix !== undefined))].sort();
}

function hex(seeded: Seeded): string {
  return Array.from({ length: 4 + seeded.below(8) }, () => seeded.below(16).toString(16)).join('');
}

function randomMarkdown(seeded: Seeded): string {
  return Array.from({ length: 3 + seeded.below(40) }, () => {
    switch (seeded.below(10)) {
      case 0:
      case 1: {
        const label = seeded.below(3) > 0 ? '' : seeded.pick(MARKDOWN_PIECES);
        const before = seeded.below(4) > 0 ? '' : seeded.pick(['<', '/info/', ' ', '\\', '"']);
        const behind = seeded.below(4) > 0 ? '' : seeded.pick(['>', ' "t"', " 't", ' ', '\\']);
        return `[l${label}](${before}${hex(seeded)}${behind})`;
      }
      case 2: {
        const before = seeded.pick(['\n', '\n ', '\n    ', '']);
        const behind = seeded.pick(['\n', ' "t"\n', ' x\n', '\n(t)\n']);
        return `${before}[${seeded.pick(['ref', 'Ref', 'r f', 'z'])}]: ${hex(seeded)}${behind}`;
      }
      default:
        return seeded.pick(MARKDOWN_PIECES);
    }
  }).join('');
}

function randomWiki(seeded: Seeded): string {
  return Array.from({ length: 3 + seeded.below(40) }, () =>
    seeded.below(10) < 4
      ? `[${seeded.pick(['', '', '/info/', ' '])}${hex(seeded)}${seeded.pick(['', '', ' ', '|x', ' | y', '|'])}]`
      : seeded.pick(WIKI_PIECES),
  ).join('');
}
