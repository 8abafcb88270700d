import assert from 'node:assert/strict';
import { formatArtifact } from '../../../src/engine/artifact/format';
import { parseArtifact } from '../../../src/engine/artifact/parse';
import type { Artifact, Checkin } from '../../../src/engine/artifact/types';
import { bytesOfText } from '../../../src/engine/codec/byte-text';
import type { Hash } from '../../../src/engine/identifiers';
import type { Hashing } from '../../../src/engine/platform/hash';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import { mutatedArtifact } from '../../support/artifact-mutations';
import { OTHER_SHA1, SAMPLES, SHA1, SHA3 } from '../../support/artifact-samples';
import { sealed } from '../../support/artifact-text';
import { forSeeds } from '../../support/seeded';

const DATE = 'D 2020-01-02T03:04:05.678\n';
const MOMENT = Date.UTC(2020, 0, 2, 3, 4, 5) + 678;
const CHECKIN = `C x\n${DATE}`;
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

let hashing: Hashing;
before(async () => {
  hashing = await createNodeHashing();
});

const parse = (cards: string | Uint8Array): Artifact | undefined => parseArtifact(sealed(cards), hashing);

function checkin(cards: string | Uint8Array): Checkin {
  const artifact = parse(cards);
  assert.equal(artifact?.type, 'checkin');
  return artifact;
}

describe('parseArtifact', () => {
  it('reads every card of a check-in', () => {
    assert.deepEqual(parse(SAMPLES.checkin), {
      type: 'checkin',
      baseline: SHA1,
      comment: 'a b',
      date: MOMENT,
      files: [
        { name: 'a/b', hash: SHA1, permission: 'regular' },
        { name: 'a/c', permission: 'regular' },
        { name: 'd.txt', hash: SHA3, permission: 'executable' },
        { name: 'e f', hash: SHA1, permission: 'regular', formerName: 'old name' },
        { name: 'g', hash: SHA1, permission: 'symlink' },
      ],
      mimetype: 'text/plain',
      parents: [SHA1, SHA3],
      cherrypicks: [
        { sign: '+', hash: SHA1 },
        { sign: '-', hash: SHA3, base: OTHER_SHA1 },
      ],
      filesChecksum: '0'.repeat(32),
      tags: [
        { sign: '*', name: 'branch', target: '*', value: 'trunk' },
        { sign: '*', name: 'sym-trunk', target: '*' },
      ],
      user: 'bob',
    });
  });

  it('reads every card of a ticket change', () => {
    assert.deepEqual(parse(SAMPLES.ticket), {
      type: 'ticket',
      date: MOMENT,
      fields: [
        { name: 'comment', isAppend: true, value: 'text\nmore' },
        { name: 'status', isAppend: false, value: '' },
        { name: 'title', isAppend: false, value: 'x' },
      ],
      ticket: SHA1,
      user: 'bob',
    });
  });

  it('reads every card of an attachment, whose file has no directory', () => {
    assert.deepEqual(parse(SAMPLES.attachment.replace('A file', 'A dir/file')), {
      type: 'attachment',
      fileName: 'file.txt',
      target: 'My Page',
      source: SHA1,
      comment: 'com',
      date: MOMENT,
      mimetype: 't',
      user: 'bob',
    });
  });

  it('reads every card of a technote', () => {
    const technote = parse(SAMPLES.technote);
    assert.ok(technote?.type === 'technote');
    assert.equal(technote.eventDate, Date.UTC(2020, 0, 1));
    assert.equal(technote.eventId, SHA1);
    assert.equal(Buffer.from(technote.text).toString(), 'abc');
  });

  it('reads every card of a forum post', () => {
    const post = parse(SAMPLES.forum);
    assert.ok(post?.type === 'forum');
    assert.deepEqual([post.threadRoot, post.inReplyTo, post.parent, post.title], [SHA1, SHA3, OTHER_SHA1, undefined]);
  });

  it('tells a check-in without telling cards by its comment or parents', () => {
    assert.equal(parse(`${CHECKIN}U bob\n`)?.type, 'checkin');
    assert.equal(parse(`${DATE}P ${SHA1}\nU bob\n`)?.type, 'checkin');
  });

  it('views the text of a page without copying it', () => {
    const artifact = sealed(SAMPLES.wiki);
    const page = parseArtifact(artifact, hashing);
    assert.ok(page?.type === 'wiki');
    assert.equal(page.text.buffer, artifact.buffer);
  });

  it('drops reserved names from the files', () => {
    const files = checkin(`${CHECKIN}F .FSLCKOUT-wal ${SHA1}\nF a ${SHA1}\nF b/_fossil_ ${SHA1}\nU b\n`).files;
    assert.deepEqual(
      files.map(({ name }) => name),
      ['a'],
    );
  });

  it('tolerates the historic space behind the hash of a file', () => {
    const [file] = checkin(`${CHECKIN}F a ${SHA1} \nU b\n`).files;
    assert.deepEqual(file, { name: 'a', hash: SHA1, permission: 'regular' });
  });

  it('takes a user card without a name for anonymous', () => {
    assert.equal(checkin(`${CHECKIN}U \n`).user, 'anonymous');
    assert.equal(checkin(`${CHECKIN}U\n`).user, 'anonymous');
  });

  it('tolerates N behind P in technotes and there only', () => {
    const swapped = (sample: string): string => sample.replace(/(N .*\n)(P .*\n)/, '$2$1');
    assert.equal(parse(swapped(SAMPLES.technote))?.type, 'technote');
    assert.equal(parse(swapped(SAMPLES.wiki)), undefined);
  });

  it('keeps bytes that are no UTF-8 and orders files by bytes', () => {
    const files = checkin(latin1(`${CHECKIN}F \xc3\xa9 ${SHA1}\nF \xe9 ${SHA1}\nF \xff ${SHA1}\nU b\n`)).files;
    assert.deepEqual(
      files.map(({ name }) => Buffer.from(bytesOfText(name)).toString('hex')),
      ['c3a9', 'e9', 'ff'],
    );
    assert.equal(parse(latin1(`${CHECKIN}F \xff ${SHA1}\nF \xe9 ${SHA1}\nU b\n`)), undefined);
  });

  it('reads lines of every length, short ones and others, wherever its windows end', () => {
    forSeeds(5, (random) => {
      const names = Array.from({ length: 400 }, (_, index) => {
        const length = random.below(random.below(20) === 0 ? 40_000 : 60);
        return String(index).padStart(4, '0') + (random.below(10) === 0 ? 'é' : 'n').repeat(length);
      });
      const comment = 'c'.repeat(random.below(40_000));
      const cards = names.map((name) => `F ${name} ${SHA1}\n`).join('');
      const read = checkin(Buffer.from(`C x${comment}\n${DATE}${cards}`));
      assert.equal(read.comment, `x${comment}`);
      assert.deepEqual(
        read.files.map((file) => file.name),
        names,
      );
    });
  });

  it('reads ASCII tokens rightly beside others', () => {
    const { comment, files, user } = checkin(`C ünïcödé\\s😀\n${DATE}F a ${SHA1}\nF ä ${SHA3}\nU böb\n`);
    assert.equal(comment, 'ünïcödé 😀');
    assert.deepEqual(
      files.map(({ name, hash }) => [name, hash]),
      [
        ['a', SHA1],
        ['ä', SHA3],
      ],
    );
    assert.equal(user, 'böb');
  });

  for (const header of ['PGP', 'SSH']) {
    it(`looks inside a ${header} signature`, () => {
      for (const end of ['\n', '\r\n']) {
        const signed = Buffer.concat([
          Buffer.from(`-----BEGIN ${header} SIGNED MESSAGE-----${end}Hash: SHA1${end}${end}`),
          sealed(SAMPLES.control),
          Buffer.from(`-----BEGIN ${header} SIGNATURE-----\nx\n-----END ${header} SIGNATURE-----\n`),
        ]);
        assert.equal(parseArtifact(signed, hashing)?.type, 'control');
      }
    });
  }

  for (const [what, cards] of [
    ['a file name that leaves the checkout', `${CHECKIN}F ../a ${SHA1}\nU b\n`],
    ['an absolute file name', `${CHECKIN}F /a ${SHA1}\nU b\n`],
    ['files out of order', `${CHECKIN}F b ${SHA1}\nF a ${SHA1}\nU b\n`],
    ['a file twice', `${CHECKIN}F a ${SHA1}\nF a ${SHA1}\nU b\n`],
    ['a file without hash and no baseline', `${CHECKIN}F a\nU b\n`],
    ['a hash of 41 digits', `${CHECKIN}P ${SHA1}a\nU b\n`],
    ['a hash with another letter', `${CHECKIN}P ${SHA1.slice(1)}g\nU b\n`],
    ['cards out of order', `${DATE}C x\nU b\n`],
    ['a second comment', `C x\n${CHECKIN}U b\n`],
    ['an unknown card', `${CHECKIN}U b\nX y\n`],
    ['a missing date', `C x\nU b\n`],
    ['two spaces', `C  x\n${DATE}U b\n`],
    ['a trailing space', `C x \n${DATE}U b\n`],
    ['a blank line', `${CHECKIN}\nU b\n`],
    ['a carriage return', `C x\r\n${DATE}U b \r\n`],
    ['NUL as a separator in excess', `C x\0y\n${DATE}U b\n`],
    ['a tag that looks like a hash', `${DATE}T +abc123 ${SHA1}\nU b\n`],
    ['a tag without sign', `${DATE}T x ${SHA1}\nU b\n`],
    ['tags out of order', `${DATE}T +b ${SHA1}\nT +a ${SHA1}\nU b\n`],
    ['a control that tags itself', `${DATE}T +x *\nU b\n`],
    ['a technote with a propagating tag', SAMPLES.technote.replace('+bgcolor', '*bgcolor')],
    ['a technote that tags another', SAMPLES.technote.replace('+sym-x *', `+sym-x ${SHA1}`)],
    ['a cluster out of order', `M ${SHA3}\nM ${SHA1}\n`],
    ['a cluster with a date', `${DATE}M ${SHA1}\n`],
    ['a page text longer than the artifact', SAMPLES.wiki.replace('W 5', 'W 500')],
    ['a page text shorter than told', SAMPLES.wiki.replace('W 5', 'W 4')],
    ['a page title with two spaces', SAMPLES.wiki.replace('My\\sPage', 'My\\s\\sPage')],
    ['a page title of 101 bytes', SAMPLES.wiki.replace('My\\sPage', 'é'.repeat(50) + 'x')],
    ['a ticket id of 64 digits', SAMPLES.ticket.replace(`K ${SHA1}`, `K ${SHA3}`)],
    ['a forum post with two parents', SAMPLES.forum.replace(`P ${OTHER_SHA1}`, `P ${OTHER_SHA1} ${SHA1}`)],
    ['a forum post with title and in-reply-to', SAMPLES.forum.replace('I ', 'H t\nI ')],
  ] as const) {
    it(`takes ${what} for file content`, () => {
      assert.equal(parse(cards), undefined);
    });
  }

  it('takes a wrong, upper-case or missing checksum for file content', () => {
    const artifact = Buffer.from(sealed(SAMPLES.control));
    assert.ok(parseArtifact(artifact, hashing));
    const text = artifact.toString();
    for (const wrong of [
      text.replace('bob', 'bab'),
      text.replace(/Z .*/, (z) => z.toUpperCase()),
      SAMPLES.control,
      text.slice(0, -1),
    ]) {
      assert.equal(parseArtifact(Buffer.from(wrong), hashing), undefined, wrong);
    }
  });

  it('takes any bytes without failing', () => {
    forSeeds(3000, (seeded) => {
      const artifact = seeded.below(10) === 0 ? seeded.bytes(seeded.below(200)) : mutatedArtifact(seeded);
      const parsed = parseArtifact(artifact, hashing);
      // What was read can be written, and what was written says the same.
      if (parsed) assert.deepEqual(parseArtifact(formatArtifact(parsed, hashing), hashing), parsed);
    });
  });
});

describe('formatArtifact', () => {
  for (const [type, cards] of Object.entries(SAMPLES)) {
    it(`gives back the bytes of a ${type}`, () => {
      const bytes = sealed(cards);
      const artifact = parseArtifact(bytes, hashing);
      assert.equal(artifact?.type, type);
      assert.equal(Buffer.from(formatArtifact(artifact, hashing)).toString(), Buffer.from(bytes).toString());
    });
  }

  it('writes the cluster of the reference with its checksum', () => {
    const members = ['1'.repeat(40), '2'.repeat(64)] as Hash[];
    const text = Buffer.from(formatArtifact({ type: 'cluster', members }, hashing)).toString();
    assert.ok(text.endsWith('Z 1dcf8e7e2abfe836a282448a82c6b691\n'), text);
  });

  it('sorts files, tags and cherry-picks as the parser wants them', () => {
    const artifact: Checkin = {
      type: 'checkin',
      comment: 'x',
      date: MOMENT,
      files: ['b', '😀', 'a b', '\uFFFD', 'B'].map((name) => ({ name, hash: SHA1 as Hash, permission: 'regular' })),
      parents: [SHA3, SHA1] as Hash[],
      cherrypicks: [
        { sign: '-', hash: SHA1 as Hash },
        { sign: '+', hash: SHA3 as Hash },
      ],
      tags: [
        { sign: '-', name: 'sym-old', target: '*' },
        { sign: '+', name: 'closed', target: SHA1 as Hash },
        { sign: '+', name: 'closed', target: '*' },
        { sign: '*', name: 'sym-new', target: '*' },
      ],
      user: 'bob',
    };
    const parsed = parseArtifact(formatArtifact(artifact, hashing), hashing);
    assert.ok(parsed?.type === 'checkin');
    assert.deepEqual(
      parsed.files.map(({ name }) => name),
      ['B', 'a b', 'b', '\uFFFD', '😀'],
    );
    assert.deepEqual(parsed.parents, [SHA3, SHA1]);
    assert.deepEqual(
      parsed.cherrypicks.map(({ sign }) => sign),
      ['+', '-'],
    );
    assert.deepEqual(
      parsed.tags.map(({ sign, name, target }) => sign + name + ' ' + target),
      ['*sym-new *', '+closed *', `+closed ${SHA1}`, '-sym-old *'],
    );
  });

  it('gives back bytes that are no UTF-8', () => {
    const bytes = sealed(latin1(`C \xe9\n${DATE}F \xff\\s ${SHA1} w \x80\nU \xfe\n`));
    assert.deepEqual(Buffer.from(formatArtifact(parseArtifact(bytes, hashing)!, hashing)), Buffer.from(bytes));
  });
});
