import { EngineError } from '../errors';
import { type Hash, isHash, type Rid } from '../identifiers';
import { inBagOrder } from '../repository/bag-order';
import type { Repository } from '../repository/repository';

/** One object of an import or export that a later one may refer to. */
export interface Mark {
  /** `c` a check-in, `b` the content of a file. */
  kind: 'c' | 'b';
  /** With its colon. */
  name: string;
  rid: Rid;
  hash: Hash;
}

/**
 * Reads a marks file of `fossil import` or `fossil export`: lines of kind and rid, mark, hash. Lines of other kinds, as Git writes
 * them, say nothing about a Fossil repository and are left out.
 * @throws EngineError `usage` when a line is malformed or does not fit the repository
 */
export function readMarks(text: string, path: string, repository: Repository): Mark[] {
  const marks: Mark[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const match = /^([cb])(\d+)(?:[ \t]+(:\d+)[ \t]+([0-9a-f]+))?$/.exec(line);
    if (match === null) {
      if (/^[^cb\s]\S/.test(line)) continue;
      throw unfit(path, line);
    }
    const [, kind, number, name, hash] = match;
    const rid = Number(number) as Rid;
    const actual = repository.db.prepare('SELECT uuid FROM blob WHERE rid=?').get<{ uuid: Hash }>(rid)?.uuid;
    if (actual === undefined || (hash !== undefined && (!isHash(hash) || hash !== actual))) throw unfit(path, line);
    // Old marks files have no names; they were made of the rid then.
    const oldName = `:${kind === 'c' ? 2 * rid + 1 : 2 * rid}`;
    marks.push({ kind: kind === 'c' ? 'c' : 'b', name: name ?? oldName, rid, hash: actual });
  }
  return marks;
}

/** The lines of a marks file: contents first, each kind in the order in which Fossil writes it. */
export function formatMarks(marks: readonly Mark[]): string {
  const lines: string[] = [];
  for (const kind of ['b', 'c'] as const) {
    const byRid = new Map<Rid, Mark>();
    for (const mark of marks) if (mark.kind === kind && !byRid.has(mark.rid)) byRid.set(mark.rid, mark);
    for (const rid of inBagOrder([...byRid.keys()])) {
      const mark = byRid.get(rid);
      if (mark !== undefined) lines.push(`${kind}${rid} ${mark.name} ${mark.hash}\n`);
    }
  }
  return lines.join('');
}

function unfit(path: string, line: string): EngineError {
  return new EngineError(
    'usage',
    `The marks file ${path} does not belong to this repository, or is damaged: "${line.slice(0, 80)}". Give the file that an earlier import or export of this repository has written.`,
  );
}
