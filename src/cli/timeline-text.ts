import type { TimelineEvent } from '../engine/operations/timeline';
import type { PendingFile } from '../engine/operations/pending-files';
import type { OutputStyle } from './output-style';

const TIME_COLUMNS = 9;
/** Stands for "all": SQLite counts no further. */
const ALL = 2 ** 31;

export interface TimelineLayout extends OutputStyle {
  /** Above 0: so many entries. Below: about so many lines. 0: all. */
  limit: number;
  /** Entries of this form, with `%` placeholders, instead of Fossil's layout. */
  format?: string;
  /** Only the comment of an entry, without who and on which branch. */
  isTerse?: boolean;
}

/** Whether more events than these may be there is told by the last line, as `fossil timeline` does. */
export function timelineText(entries: readonly TimelineEvent[], layout: TimelineLayout): string {
  const { limit, format } = layout;
  const bound = Math.abs(limit);
  const lines: string[] = [];
  let day = '';
  let shown = 0;
  let countedLines = 0;
  for (const entry of entries) {
    if (limit < 0 && countedLines >= bound) return ended(lines, `--- line limit (${bound}) reached ---`);
    if (bound !== 0 && shown >= bound) return ended(lines, `--- entry limit (${bound}) reached ---`);
    const stamp = layout.formatTime(entry.time);
    if (format === undefined && stamp.slice(0, 10) !== day) {
      day = stamp.slice(0, 10);
      lines.push(`=== ${day} ===`);
      countedLines++;
    }
    const text =
      format === undefined
        ? `${stamp.slice(11)} ${layout.isTerse === true ? terseText(entry, layout) : entryText(entry, layout)}`
        : formatted(entry, format, layout);
    const files = (entry.files ?? []).filter(isContentChange).map(fileLine);
    lines.push(text, ...files);
    countedLines += text.split('\n').length + files.length;
    shown++;
  }
  return ended(lines, bound === 0 ? `+++ end of timeline (${shown}) +++` : `+++ no more data (${shown}) +++`);
}

/** How many entries to read for a limit: as text one more, which tells whether there are more. */
export function entriesToRead(limit: number, isJson: boolean): number {
  return limit === 0 ? ALL : Math.abs(limit) + (isJson ? 0 : 1);
}

function ended(lines: readonly string[], last: string): string {
  return [...lines, last].join('\n');
}

function entryText(entry: TimelineEvent, { shortHash, fold }: OutputStyle): string {
  const { hash, type, comment, user, tags } = entry;
  const wiki = { '+': 'Add', '-': 'Delete', ':': 'Edit to' }[comment.slice(0, 1)];
  if (type === 'w' && wiki !== undefined) {
    return fold(`[${shortHash(hash)}] ${wiki} wiki page "${comment.slice(1)}" ${originText(user, [])}`, TIME_COLUMNS);
  }
  const written = `${comment} ${originText(user, tags)}`;
  return fold(`[${shortHash(hash)}] ${phase(entry)}${written}`, TIME_COLUMNS, written);
}

/** Who made it, and the names of the branches and tags that it carries. */
export function originText(user: string, tags: readonly string[]): string {
  return tags.length === 0 ? `(user: ${user})` : `(user: ${user} tags: ${tags.join(', ')})`;
}

function terseText(entry: TimelineEvent, { shortHash, fold }: OutputStyle): string {
  const { hash, comment, isCurrent, isPrivate } = entry;
  const mark = `${isCurrent ? '*CURRENT* ' : ''}${isPrivate ? '*UNPUBLISHED* ' : ''}`;
  return fold(`[${shortHash(hash)}] ${mark}${comment}`, TIME_COLUMNS, comment);
}

function phase(entry: TimelineEvent, withLeaf = false): string {
  return [
    ...(entry.parents > 1 ? ['*MERGE* '] : []),
    ...(entry.children > 1 ? [entry.isFork ? '*FORK* ' : '*BRANCH* '] : []),
    ...(entry.isCurrent ? ['*CURRENT* '] : []),
    ...(entry.isPrivate ? ['*UNPUBLISHED* '] : []),
    ...(withLeaf && entry.children === 0 ? ['*LEAF* '] : []),
  ].join('');
}

/** Replaces the placeholders of `fossil timeline --format`. */
function formatted(entry: TimelineEvent, format: string, { formatTime, shortHash }: OutputStyle): string {
  const values: Record<string, string> = {
    '%': '%',
    n: '\n',
    H: entry.hash,
    h: shortHash(entry.hash),
    d: formatTime(entry.time),
    a: entry.user,
    c: entry.comment.replaceAll('\r', '').replaceAll(/[\n\t]/g, ' '),
    b: entry.branch ?? '',
    t: entry.tags.join(', '),
    p: phase(entry, true),
  };
  return format.replaceAll(/%(.)/gs, (whole, letter: string) => values[letter] ?? whole);
}

/** A change of permission alone is not shown. */
function isContentChange(file: PendingFile): boolean {
  return file.change !== 'edited' || file.hash !== file.formerHash;
}

function fileLine({ change, path, formerPath }: PendingFile): string {
  return `   ${change.toUpperCase()} ${formerPath === undefined ? '' : `${formerPath} -> `}${path}`;
}
