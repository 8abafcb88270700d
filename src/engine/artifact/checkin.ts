import { encodeToken } from '../codec/fossil-encoding';
import { formatStamp } from '../codec/julian-day';
import { compareBytes } from '../codec/utf8';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import { writeTags } from './tag-cards';
import type { Checkin, CherrypickCard, FileCard } from './types';

/** The manifest of a check-in. Fossil always writes C and U, but must read ancient ones without. */
export const checkinForm: ArtifactForm<Checkin> = { allowed: 'BCDFNPQRTUZ', required: 'DZ', fromCards, write };

function fromCards(cards: CardSet): Checkin | undefined {
  const { baseline, comment, date, files, mimetype, parents, cherrypicks, filesChecksum, tags, user } = cards;
  if (date === undefined) return undefined;
  return {
    type: 'checkin',
    ...(baseline !== undefined && { baseline }),
    ...(comment !== undefined && { comment }),
    date,
    files,
    ...(mimetype !== undefined && { mimetype }),
    parents,
    cherrypicks,
    ...(filesChecksum !== undefined && { filesChecksum }),
    tags,
    ...(user !== undefined && { user }),
  };
}

function write(checkin: Checkin, writer: CardWriter): void {
  writer.hashesCard('B', checkin.baseline === undefined ? [] : [checkin.baseline]);
  writer.textCard('C', checkin.comment);
  writer.card('D', formatStamp(checkin.date));
  for (const file of [...checkin.files].sort((a, b) => compareBytes(a.name, b.name))) writeFile(file, writer);
  writer.textCard('N', checkin.mimetype);
  writer.hashesCard('P', checkin.parents);
  for (const tokens of checkin.cherrypicks.map(cherrypickTokens).sort(compareTokens)) writer.card('Q', ...tokens);
  writer.hashesCard('R', checkin.filesChecksum === undefined ? [] : [checkin.filesChecksum]);
  writeTags(checkin.tags, writer);
  writer.textCard('U', checkin.user);
}

function writeFile({ name, hash, permission, formerName }: FileCard, writer: CardWriter): void {
  const tokens = [encodeToken(name)];
  if (hash !== undefined) {
    tokens.push(hash);
    if (permission === 'executable') tokens.push('x');
    else if (permission === 'symlink') tokens.push('l');
    else if (formerName !== undefined) tokens.push('w');
    if (formerName !== undefined) tokens.push(encodeToken(formerName));
  }
  writer.card('F', ...tokens);
}

function cherrypickTokens({ sign, hash, base }: CherrypickCard): string[] {
  return base === undefined ? [sign + hash] : [sign + hash, base];
}

function compareTokens(a: string[], b: string[]): number {
  return compareBytes(a.join(' '), b.join(' '));
}
