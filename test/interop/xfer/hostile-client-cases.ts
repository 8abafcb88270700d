import { CONFIG_AREAS } from '../../../src/engine/xfer/config-areas';
import { delta, file, LATER, NEW, packed, sha1, sha3 } from './hostile-messages';

/** Stand for what each run makes anew. */
export const PROJECT = '@PROJECT@';
export const KNOWN = '@KNOWN@';
export const LEAF = '@LEAF@';
const OTHER = sha3('other');
const VERSION = 'pragma client-version 22100 20230226 192424\n';
export const PULL = `${VERSION}pull x ${PROJECT}\n`;
const PUSH = `${VERSION}push x ${PROJECT}\n`;
const CONTAINER = packed('hello');

/** What the server answers, as `outcomeOf` writes it. */
type Outcome = string | RegExp;

interface Case {
  name: string;
  /** Latin-1; markers are replaced. A function gets the markers' texts. */
  message: string | ((replace: (text: string) => string) => string);
  /** Of nobody; default `goiy`. */
  rights?: string;
  /** What we answer where stock answers otherwise; absent: the same as stock. */
  ours?: Outcome;
  /** Why we do. */
  because?: string;
  /** Whether the artifacts are others than with stock afterwards. */
  keepsOther?: boolean;
  /** A delta is left without its source, which `fossil test-integrity` counts as errors. */
  isDangling?: boolean;
}

const unversioned = (name: string, { mtime = '1795198421', hash = sha3('uv'), rest = '2 0\nuv' } = {}): string =>
  `${VERSION}uvfile ${name} ${mtime} ${hash} ${rest}`;
const signed = (rest: string, hash = sha1): string => `login nobody ${hash(rest)} x\n${rest}`;

const MALFORMED = /^200 error The other side sent a line that is no part of Fossil's protocol: /;
const TOO_SHORT = /^200 error The message ended too early: \d+ bytes were announced, \d+ came\. Try again\./;
const STOPS = 'a message that is cut off is not taken for one that is damaged: what came whole is kept';

/** Chapter 2 of the reference, card by card: what is malformed, too large, out of order or unknown. */
export const CASES: Case[] = [
  // Lines.
  { name: 'nothing', message: '' },
  { name: 'comments alone', message: '# x\n#\n' },
  {
    name: 'a blank line',
    message: `\n${PULL}`,
    ours: /^200 igot/,
    because: 'a line feed behind a payload harms nobody',
  },
  { name: 'carriage returns', message: PULL.replaceAll('\n', '\r\n') },
  { name: 'no last line feed', message: PULL.trimEnd() },
  { name: 'spaces before a card', message: `  \t${PULL.slice(VERSION.length)}` },
  { name: 'a card of the future', message: `bogus 1 2\n${PULL}` },
  { name: 'a keyword in capitals', message: `PULL x ${PROJECT}\n${PULL}` },
  {
    name: 'a card in NUL bytes',
    message: `\0\0\n${PULL}`,
    ours: /^200 error bad command: \0\0\nigot/,
    because: 'we say what it was',
  },
  {
    name: 'bytes that are no text',
    message: `\xff\xfe \x80\n${PULL}`,
    ours: /^200 error bad command: /,
    because: 'we say it in UTF-8',
  },
  { name: 'a web page', message: '<html>\n' },
  {
    name: 'cards that only servers send',
    message: `clone_seqno 5\nuvigot a 1 - 0\nmessage x\nerror x\n${PULL}`,
    ours: /^200 error bad command: error\nigot/,
    because: 'the keyword is enough',
  },
  // Logins.
  ...['login', 'login a', 'login a b', 'login a b c', 'login a b c d', 'login nobody x y', 'login anonymous x y'].map(
    (card) => ({ name: `"${card}"`, message: `${card}\n${PULL}` }),
  ),
  { name: 'a login of nobody', message: (replace) => signed(replace(PULL)) },
  { name: 'a login of nobody with the other hash', message: (replace) => signed(replace(PULL), sha3) },
  { name: 'a login with a forged signature', message: (replace) => signed(replace(PULL)).replace('nobody', 'tester') },
  {
    name: 'a login behind what it should sign',
    message: (replace) => replace(PULL) + signed(replace(PULL)),
    rights: 'o',
  },
  {
    name: 'two logins',
    message: (replace) => signed(signed(replace(PULL))),
    ours: '200 error multiple login cards',
    because: 'so does Fossil since 2.27',
  },
  // Pull and push.
  ...['pull', 'pull x', `pull x ${PROJECT} z`, 'push', 'push x', `push x ${PROJECT} z`].map((card) => ({
    name: `"${card}"`,
    message: `${VERSION}${card}\n`,
  })),
  { name: 'a pull of another project', message: `pull x ${'a'.repeat(40)}\n${PUSH}` },
  { name: 'a push to another project', message: `push x ${'a'.repeat(40)}\n${file(NEW, 'hello')}` },
  { name: 'a pull without right', message: PULL, rights: '' },
  { name: 'a push without right', message: PUSH, rights: 'o' },
  { name: 'a push without right beside a pull', message: `${PULL}push x ${PROJECT}\n`, rights: 'o' },
  { name: 'a file after a refused push', message: PUSH + file(NEW, 'hello'), rights: 'o' },
  {
    name: 'a file after a refused push beside a pull',
    message: `${PULL}push x ${PROJECT}\n${file(NEW, 'hello')}`,
    rights: 'o',
  },
  // Files.
  { name: 'a file', message: PUSH + file(NEW, 'hello') },
  { name: 'an empty file', message: PUSH + file(sha3(''), '') },
  { name: 'a file twice', message: PUSH + file(NEW, 'hello') + file(NEW, 'hello') },
  { name: 'a file named by SHA-1', message: PUSH + file(sha1('hello'), 'hello') },
  { name: 'a file without push', message: VERSION + file(NEW, 'hello') },
  { name: 'a file with a pull alone', message: PULL + file(NEW, 'hello') },
  { name: 'a file whose content has another name', message: PUSH + file(sha3('good'), 'good') + file(NEW, 'evil!') },
  ...[
    'file',
    `file ${NEW}`,
    `file ${NEW} x y z`,
    `file ${NEW} -1`,
    `file ${NEW} 5x`,
    `file ${NEW} 2147483648`,
    `file ${NEW.slice(1)} 5`,
    `file ${'z'.repeat(64)} 5`,
    `file ${NEW} xyz 5`,
    'cfile',
    `cfile ${NEW} 5`,
    `cfile ${NEW} 5 -1`,
    `cfile ${NEW} x 5 13 1`,
  ].map((card) => ({
    name: `a good file, then "${card.replace(NEW, 'H')}"`,
    message: `${PUSH}${file(sha3('good'), 'good')}${card}\nhello${file(LATER, 'later')}`,
    ours: MALFORMED,
    because: 'the line is quoted',
  })),
  {
    name: 'a name in capitals',
    message: PUSH + file(NEW.toUpperCase(), 'hello'),
    ours: MALFORMED,
    because: 'such names match nothing',
  },
  {
    name: 'a file longer than the message',
    message: `${PUSH}${file(sha3('good'), 'good')}file ${NEW} 99999\nhello`,
    ours: TOO_SHORT,
    because: STOPS,
    keepsOther: true,
  },
  {
    name: 'a file of 2 GB',
    message: `${PUSH}file ${NEW} 2147483647\nhello`,
    ours: /^200 error The other side announced an artifact of 2147483647 bytes/,
    because: 'nothing is set aside for it',
    keepsOther: true,
  },
  { name: 'a file that takes in the next card', message: `${PUSH}file ${NEW} 6\nhello\nigot ${LATER}\n` },
  // Deltas.
  { name: 'a delta before its source', message: PUSH + delta(LATER, NEW) + file(NEW, 'hello') },
  { name: 'a delta of what is not there', message: PUSH + delta(LATER, NEW), isDangling: true },
  { name: 'a delta of itself', message: PUSH + delta(NEW, NEW) },
  { name: 'two deltas of each other', message: PUSH + delta(NEW, LATER) + delta(LATER, NEW) },
  {
    name: 'three deltas in a circle',
    message: PUSH + delta(NEW, LATER) + delta(LATER, OTHER) + delta(OTHER, NEW) + `igot ${KNOWN}\n`,
  },
  { name: 'a delta without end', message: `${PUSH}file ${NEW} ${KNOWN} 8\n5\n5:hell` },
  { name: 'a delta whose source has another size', message: `${PUSH}file ${NEW} ${KNOWN} 8\n5\n5@9999,` },
  {
    name: 'what is no delta, of what is not there',
    message: `${PUSH}file ${NEW} ${LATER} 5\nhello`,
    ours: /^400 \w*A delta is damaged/,
    because: 'it can never be resolved',
    keepsOther: true,
  },
  // Compressed files; Fossil takes in the line feed that senders pad with as a card.
  {
    name: 'a compressed file',
    message: `${PUSH}cfile ${NEW} 5 ${CONTAINER.length}\n${CONTAINER.toString('latin1')}\n`,
    ours: '200 ',
    because: 'the line feed behind it is padding',
  },
  {
    name: 'a compressed file of another size',
    message: `${PUSH}cfile ${NEW} 9 ${CONTAINER.length}\n${CONTAINER.toString('latin1')}`,
  },
  {
    name: 'a container that tells 2 GB',
    message: `${PUSH}cfile ${NEW} 5 ${CONTAINER.length}\n${packed('hello', 0x7fffffff).toString('latin1')}`,
    ours: /^400 \w*Content of \d+ packed bytes cannot unpack to 2147483647/,
    because: 'it is not unpacked at all',
    keepsOther: true,
  },
  {
    name: 'a container that tells less',
    message: `${PUSH}cfile ${NEW} 5 ${CONTAINER.length}\n${packed('hello', 4).toString('latin1')}`,
  },
  { name: 'a container of nothing', message: `${PUSH}cfile ${NEW} 5 0\n` },
  { name: 'a container of garbage', message: `${PUSH}cfile ${NEW} 5 5\nhello` },
  {
    name: 'half a container',
    message: `${PUSH}cfile ${NEW} 5 ${CONTAINER.length - 1}\n${CONTAINER.toString('latin1')}`,
  },
  {
    name: 'a container longer than the message',
    message: `${PUSH}cfile ${NEW} 5 500\n${CONTAINER.toString('latin1')}`,
    ours: TOO_SHORT,
    because: STOPS,
    keepsOther: true,
  },
  // Names.
  ...[
    'igot',
    'igot xyz',
    `igot ${NEW}`,
    `igot ${NEW} 1`,
    `igot ${NEW} 2`,
    `igot ${NEW} x y z a b c`,
    `igot ${KNOWN}`,
  ].map((card) => ({ name: `"${card.replace(NEW, 'H')}"`, message: `${PUSH}${card}\nigot ${LATER}\n` })),
  {
    name: 'a name in capitals',
    message: `${PUSH}igot ${NEW.toUpperCase()}\nigot ${LATER}\n`,
    ours: /^200 error bad command: igot 3338BE[^]*\ngimme [0-9a-f]{64}\n$/,
    because: 'no artifact can ever have it',
    keepsOther: true,
  },
  { name: 'an announcement without push', message: `${PULL}igot ${NEW}\n` },
  ...['gimme', 'gimme xyz', `gimme ${NEW}`, `gimme ${KNOWN}`, `gimme ${KNOWN} x`, `gimme ${KNOWN}\ngimme ${KNOWN}`].map(
    (card) => ({ name: `"${card.replace(NEW, 'H')}"`, message: `${PULL}${card}\n` }),
  ),
  {
    name: 'a request before a card of the future',
    message: `${PULL}gimme ${KNOWN}\nbogus\n`,
    ours: /^200 error bad command: bogus\n(igot \w+\n){3}$/,
    because: 'what was wiped has not been sent, and is named',
  },
  { name: 'a request without pull', message: `${VERSION}gimme ${KNOWN}\n` },
  // Private content.
  {
    name: 'private content without right',
    message: `${PUSH}private\n${file(NEW, 'hello')}`,
    rights: 'goi',
    // Fossil keeps it for all to see.
    keepsOther: true,
  },
  { name: 'private content', message: `${PUSH}private\n${file(NEW, 'hello')}`, rights: 'goix' },
  {
    name: 'a card between "private" and its file',
    message: `${PUSH}private\nigot ${LATER}\n${file(NEW, 'hello')}`,
    rights: 'goix',
  },
  // Unversioned files.
  { name: 'an unversioned file', message: unversioned('a.txt') },
  ...['../a', '/a', 'a/../b', 'a\\sb', 'a\\\\b', './a', 'a//b', 'a/', '\xff', 'a\\0b', 'a\\nb'].map((name) => ({
    name: `an unversioned file named ${name}`,
    message: unversioned(name),
    ours: MALFORMED,
    because: 'the line is quoted',
  })),
  {
    name: 'an unversioned file with five tokens',
    message: `${VERSION}uvfile a 1 ${NEW} 5\nhello`,
    ours: MALFORMED,
    because: 'the line is quoted',
  },
  {
    name: 'an unversioned file of another content',
    message: unversioned('a.txt', { hash: NEW }),
  },
  {
    name: 'an unversioned file longer than the message',
    message: unversioned('a.txt', { rest: '500 0\nuv' }),
    ours: TOO_SHORT,
    because: STOPS,
    keepsOther: true,
  },
  {
    name: 'an unversioned file from before 1970',
    message: unversioned('a.txt', { mtime: '-5' }),
    ours: MALFORMED,
    because: 'the line is quoted',
  },
  {
    name: 'an unversioned file without right',
    message: unversioned('a.txt'),
    rights: 'goi',
    ours: '200 error Write permissions for unversioned files missing',
    because: 'so does Fossil since 2.22',
  },
  { name: 'a deletion of what is not there', message: unversioned('a.txt', { hash: '-', rest: '0 1\n' }) },
  {
    name: 'a request for an unversioned file that is not there',
    message: `${VERSION}uvgimme nothing\nuvgimme\n${PULL}`,
  },
  // Clones; the reply of a clone is compared elsewhere.
  { name: 'a clone without right', message: `${VERSION}clone 3 1\n`, rights: 'o' },
  { name: 'a clone from far behind the end', message: `${VERSION}clone 3 99999\n` },
  {
    name: 'a clone from nowhere',
    message: `${VERSION}clone 3 0\n`,
    ours: '200 error invalid clone sequence number',
    because: 'so does Fossil later',
  },
  {
    name: 'a clone from below nowhere',
    message: `${VERSION}clone 3 -1\n`,
    ours: MALFORMED,
    because: 'the line is quoted',
  },
  // Configuration.
  { name: '"reqconfig"', message: `${VERSION}reqconfig\n${PULL}` },
  { name: 'a group that does not exist', message: `${VERSION}reqconfig /nothing\nreqconfig project-name\n${PULL}` },
  { name: 'users, for nobody', message: `${VERSION}reqconfig /user\n${PULL}` },
  { name: 'configuration without right', message: `${PULL}reqconfig /all\n`, rights: '' },
  { name: 'configuration from nobody', message: `${VERSION}config /config 19\n5 'css' value 'none'\n` },
  {
    name: 'configuration from an administrator',
    message: `${VERSION}config /config 20\n5 'css' value 'none'\n${PULL}`,
    rights: 's',
  },
  {
    name: 'SQL in configuration',
    message: `${VERSION}config /config 42\n5 'css') ON CONFLICT DO NOTHING; -- value 'a\n${PULL}`,
    rights: 's',
  },
  {
    name: 'configuration for another table',
    message: `${VERSION}config /blob 24\n5 'x' uuid 'x' content 1\nconfig /sqlite_master 15\n5 'css' value 1\n${PULL}`,
    rights: 's',
  },
  { name: 'configuration that is no row', message: `${VERSION}config /config 3\n'''\n${PULL}`, rights: 's' },
  { name: '"config" with a token less', message: `config /config\n${PULL}` },
  // Pragmas and cookies.
  ...[
    'pragma',
    'pragma bogus 1 2 3',
    'pragma client-version',
    'pragma client-version x y z',
    'pragma send-catalog',
  ].map((card) => ({ name: `"${card}"`, message: `${card}\n${PULL.slice(VERSION.length)}` })),
  ...[
    'pragma uv-hash',
    'pragma ci-lock',
    'pragma ci-lock x y',
    'pragma ci-unlock',
    'pragma client-url',
    'cookie',
    'cookie x',
  ].map((card) => ({ name: `"${card}"`, message: `${card}\n${PULL}` })),
  ...['nothing', sha1(''), sha1('other')].flatMap((hash) =>
    ['goiy', 'goi', 'g', ''].map((rights) => ({
      name: `an unversioned set called ${hash.slice(0, 7)}, of somebody who may "${rights}"`,
      message: `${VERSION}pragma uv-hash ${hash}\n`,
      rights,
    })),
  ),
  {
    name: 'an unversioned set after a file of it, asked about twice',
    message: `${unversioned('z.txt')}pragma uv-hash ${sha1('x')}\npragma uv-hash ${sha1('y')}\n`,
  },
  ...[
    ['an older state', `1795198000 ${sha3('xy')} 2 0\nxy`],
    ['the same, older', `1795198000 ${sha3('uv')} 2 0\nuv`],
    ['the same, younger, without content', `1795199999 ${sha3('uv')} 2 4\n`],
    ['a state of the same second', `1795198421 ${sha3('xy')} 2 0\nxy`],
    ['an older deletion', '1795198000 - 0 1\n'],
    ['a younger deletion', '1795199999 - 0 1\n'],
  ].map(([what = '', card = '']) => ({
    name: `an unversioned file and ${what}`,
    message: `${unversioned('a.txt')}uvfile a.txt ${card}`,
  })),
  {
    name: 'an unversioned file and another state without content',
    message: `${unversioned('a.txt')}uvfile a.txt 1795199999 ${sha3('xy')} 2 4\n`,
    // Fossil drops the content that it has, for a name.
    keepsOther: true,
  },
  { name: 'a lock of a leaf', message: `${VERSION}pragma ci-lock ${LEAF} ${'c'.repeat(40)}\n${PULL}` },
  // Of what is no leaf nobody makes a child by mistake; Fossil keeps such locks until it looks at them next.
  ...[NEW, KNOWN].map((hash) => ({
    name: `a lock of ${hash === NEW ? 'what is not there' : 'what is no leaf'}`,
    message: `${VERSION}pragma ci-lock ${hash} ${'c'.repeat(40)}\n${PULL}`,
    keepsOther: true,
  })),
  {
    name: 'a lock that is given back',
    message: `${VERSION}pragma ci-lock ${LEAF} ${'c'.repeat(40)}\npragma ci-unlock ${'c'.repeat(40)}\n`,
  },
  ...['goi', 'go', ''].map((rights) => ({
    name: `an address of the client, who may "${rights}"`,
    message: `${VERSION}pragma client-url https://example.com/repo\n`,
    rights,
  })),
  ...['http://localhost/x', 'file:///x', 'https://ann:pw@example.com/repo'].map((url) => ({
    name: `an address of the client that is ${url}`,
    message: `${VERSION}pragma client-url ${url}\n`,
  })),
  {
    name: 'an address of the client that is none',
    message: `${VERSION}pragma client-url nonsense\n`,
    ours: '200 ',
    because: 'it is of no use and harms nobody',
  },
  {
    name: 'what only servers say in pragmas',
    message: `pragma server-version 22100 1 1\npragma link a b 5\npragma uv-push-ok\n${PULL}`,
  },
  { name: 'links, asked for', message: `${VERSION}pragma req-links\n${PULL}` },
  ...['goiy', 'goixy'].flatMap((rights) => [
    { name: `private content, asked for by who may "${rights}"`, message: `pragma send-private\n${PULL}`, rights },
    {
      name: `a private name that is not there, from who may "${rights}"`,
      message: `pragma send-private\n${PUSH}igot ${NEW} 1\n`,
      rights,
    },
    {
      name: `a private name that is there, from who may "${rights}"`,
      message: `${PUSH}igot ${KNOWN} 1\n`,
      rights,
      // With Fossil whoever may write can so take what is public away from all others.
      keepsOther: true,
    },
    { name: `"private" before a name, from who may "${rights}"`, message: `${PUSH}private\nigot ${NEW}\n`, rights },
    { name: `"private" before nothing, from who may "${rights}"`, message: `${PUSH}private\n`, rights },
  ]),
  { name: 'a push before a pull, without right', message: `${PUSH}pull x ${PROJECT}\n`, rights: 'o' },
  { name: 'a push before a pull', message: `${PUSH}pull x ${PROJECT}\n` },
  {
    name: 'a pull and a push before everything else',
    message: `pull x ${PROJECT}\npush x ${PROJECT}\n${VERSION}${file(NEW, 'hello')}`,
  },
  { name: 'a clone of protocol 1', message: `${VERSION}clone\n` },
  { name: 'a clone of protocol 1 that asks for something', message: `${VERSION}clone\ngimme ${KNOWN}\n` },
  { name: 'a clone and a pull', message: `${VERSION}clone\npull x ${PROJECT}\n` },
  ...['go', 'goe', 'goa', 's'].map((rights) => ({
    name: `every area of the configuration for who may "${rights}"`,
    message:
      VERSION +
      CONFIG_AREAS.filter((area) => area !== 'all')
        .map((area) => `reqconfig /${area}\n`)
        .join(''),
    rights,
  })),
];
