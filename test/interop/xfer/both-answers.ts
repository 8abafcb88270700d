import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { Repository } from '../../../src/engine/repository/repository';
import { handleXfer } from '../../../src/engine/xfer/server';
import type { XferFixture } from './xfer-fixture';

/** What the answer of a server says, and what it then has. */
export interface Answer {
  cards: string[];
  stored: string[];
}

const STORED = "SELECT uuid FROM blob UNION ALL SELECT value FROM config WHERE name='project-name' ORDER BY 1";

/** @param start - the repository file as it is before; it stays so */
export async function answerOfOurs(fixture: XferFixture, start: string, body: string): Promise<Answer> {
  const file = fixture.path('ours.fossil');
  await copyFile(start, file);
  const repository = Repository.open(fixture.environment, file, { isPrivate: true });
  try {
    const origin = { url: 'http://localhost' };
    const request = { contentType: 'application/x-fossil-debug', body: Buffer.from(body, 'latin1'), origin };
    const response = handleXfer(repository, request);
    const stored = repository.db
      .prepare(STORED)
      .all<{ uuid: string }>()
      .map((row) => row.uuid);
    return { cards: cardsOf(Buffer.from(response.body).toString('latin1')), stored };
  } finally {
    repository.close();
  }
}

export async function answerOfFossil(fixture: XferFixture, start: string, body: string): Promise<Answer> {
  const file = fixture.path('theirs.fossil');
  await copyFile(start, file);
  const [input, output] = [fixture.path('request'), fixture.path('reply')];
  const head = [
    'POST / HTTP/1.0',
    'Host: localhost',
    'Content-Type: application/x-fossil-debug',
    `Content-Length: ${body.length}`,
  ];
  await writeFile(input, Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  await fixture.fossil('http', '--in', input, '--out', output, '--ipaddr', '127.0.0.1', file);
  const reply = (await readFile(output)).toString('latin1');
  const stored = await fixture.sandbox.sql(file, `${STORED};`);
  return { cards: cardsOf(reply.slice(reply.indexOf('\r\n\r\n') + 4)), stored };
}

/** The login card for a message. */
export function login(user: string, password: string, rest: string): string {
  const sha1 = (text: string): string => createHash('sha1').update(text, 'latin1').digest('hex');
  const nonce = sha1(rest);
  return `login ${user} ${nonce} ${sha1(nonce + password)}\n`;
}

/** The lines of a reply without what cannot be equal: times, compressed bytes, random order within announcements. */
function cardsOf(reply: string): string[] {
  const cards: string[] = [];
  for (let rest = reply; rest !== '';) {
    const line = /^[^\n]*\n?/.exec(rest)?.[0] ?? rest;
    rest = rest.slice(line.length);
    // Fossil 2.21 repeats the line feed of a card that it does not know.
    const words = line
      .trim()
      .replace(/^(error bad.*)\\n$/, '$1')
      .split(' ');
    // Behind its size, a `uvfile` card tells whether the content follows.
    const place = words[0] === 'uvfile' ? (words.at(-1) === '0' ? -2 : undefined) : -1;
    const hasPayload = place !== undefined && /^(?:c?file|uvfile|config)$/.test(words[0] ?? '');
    const size = hasPayload ? Number(words.at(place)) : 0;
    const payload = rest.slice(0, size);
    rest = rest.slice(size);
    if (words[0] === 'cfile') cards.push(words.slice(0, -1).join(' '));
    else if (words[0] === '#' || line.trim() === '') cards.push(line.trim().replace(/timestamp \S+/, 'timestamp'));
    else cards.push(`${words.join(' ').replace(/^(pragma link .*) \d+$/, '$1')}${payload && `\n${payload}`}`);
  }
  // Blank lines mean nothing, and the order of names and settings means nothing.
  const isUnordered = (card: string): boolean => /^(?:igot|config) /.test(card);
  const said = cards.filter((card) => card !== '');
  return [...said.filter((card) => !isUnordered(card)), ...said.filter(isUnordered).sort()];
}
