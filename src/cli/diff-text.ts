import { fromJulianDay, toJulianDay } from '../engine/codec/julian-day';
import type { Hunk } from '../engine/codec/text-diff';
import type { JulianDay } from '../engine/identifiers';
import type { DiffResult, FileDiff } from '../engine/operations/diff';
import type { CheckinDescription } from '../engine/operations/checkin-description';
import type { ShortHash } from '../engine/operations/short-hash';
import { sideBySideRows, sideBySideTitle } from './side-by-side';
import { formatTime } from './time-format';

const RULE = '='.repeat(66);
const NOTHING = '/dev/null';
const COUNT_COLUMNS = 10;

export interface DiffLayout {
  style: 'unified' | 'side-by-side' | 'brief' | 'numstat';
  /** Columns of the text on each side. */
  width: number;
  /** Begin with the versions that are compared, their hashes as this shows them. */
  versions?: ShortHash;
}

/** A difference as `fossil diff` prints it; lossless text (`byteTextOf`), each line with its end. */
export function diffTextOf(result: DiffResult, layout: DiffLayout): string {
  if (layout.style === 'numstat') return numstat(result.files);
  const isDisk = result.to === undefined;
  const { versions: shown, style } = layout;
  const versions = shown !== undefined && style === 'unified' ? versionLines(result, shown) : '';
  return versions + result.files.map((file) => fileText(file, layout, isDisk)).join('');
}

function versionLines({ from, to }: DiffResult, shortHash: ShortHash): string {
  const describe = (checkin: CheckinDescription | undefined): string =>
    checkin === undefined ? '(workdir)' : `${shortHash(checkin.hash)} ${formatTime(asWritten(checkin.time))} UTC`;
  return `Fossil-Diff-From:  ${describe(from)}\nFossil-Diff-To:    ${describe(to)}\n${'-'.repeat(66)}\n`;
}

/** Fossil writes these moments as days with six decimals, so the second may be the one before or after. */
function asWritten(time: number): number {
  return fromJulianDay(Number(toJulianDay(time).toFixed(6)) as JulianDay);
}

function fileText(file: FileDiff, layout: DiffLayout, isDisk: boolean): string {
  const { path, change, formerPath, diff } = file;
  const label = change.toUpperCase().replaceAll('-', '_');
  if (change === 'edited' && layout.style === 'brief') return `CHANGED ${isDisk ? ' ' : ''}${path}\n`;
  const name = formerPath === undefined ? path : `${formerPath} -> ${path}`;
  const headline = change === 'edited' ? '' : `${label.padEnd(isDisk ? 8 : 7)} ${name}\n`;
  if (diff === undefined) return headline;
  const before = formerPath ?? path;
  const after = change === 'deleted' || change === 'missing' ? NOTHING : path;
  if (layout.style !== 'side-by-side') {
    const names = `Index: ${path}\n${RULE}\n--- ${before}\n+++ ${after}\n`;
    return headline + comparison(diff, names, (hunks) => hunks.map(hunkText).join(''));
  }
  // Contents that differ in bytes alone are left out where they are on disk.
  if (isDisk && diff.kind === 'text' && diff.hunks.length === 0) return headline;
  const title = sideBySideTitle(before, isDisk ? after : path, layout.width);
  return headline + comparison(diff, title, (hunks) => sideBySideRows(hunks, layout.width));
}

function comparison(
  diff: NonNullable<FileDiff['diff']>,
  names: string,
  textOf: (hunks: readonly Hunk[]) => string,
): string {
  switch (diff.kind) {
    case 'binary':
      return `${names}cannot compute difference between binary files\n\n`;
    case 'symlink':
      return `${names}cannot compute difference between symlink and regular file\n`;
    case 'whitespace':
      return `${names}whitespace changes only\n\n`;
    case 'text':
      return `${names}${textOf(diff.hunks)}\n`;
  }
}

function hunkText({ before, after, lines }: Hunk): string {
  const head = `@@ -${before.line},${before.count} +${after.line},${after.count} @@`;
  return [head, ...lines].map((line) => `${line}\n`).join('');
}

function numstat(files: readonly FileDiff[]): string {
  const column = (count: number | string): string => String(count).padStart(COUNT_COLUMNS);
  let [inserted, deleted, changed] = [0, 0, 0];
  const lines = files.flatMap(({ path, diff }) => {
    if (diff === undefined) return [];
    if (diff.kind !== 'text') return [`${column('-')} ${column('-')} ${path}\n`];
    inserted += diff.inserted;
    deleted += diff.deleted;
    changed += diff.hunks.length > 0 ? 1 : 0;
    return [`${column(diff.inserted)} ${column(diff.deleted)} ${path}\n`];
  });
  return `${lines.join('')}${column(inserted)} ${column(deleted)} TOTAL over ${changed} changed files\n`;
}
