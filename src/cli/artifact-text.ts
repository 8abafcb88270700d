import type { NameMeaning } from '../engine/operations/artifacts';
import type { ArtifactFacts } from '../engine/repository/artifact-facts';
import type { OutputStyle } from './output-style';

const INDENT = 12;
const KINDS = {
  ci: 'Check-in',
  w: 'Wiki-edit',
  e: 'Technote',
  f: 'Forum-post',
  t: 'Ticket-change',
  g: 'Tag-change',
} as const;

export interface FactsLayout extends OutputStyle {
  /** Tell also when and from where it came. */
  isVerbose?: boolean;
  /** Only the first check-in that has it as a file. */
  isBrief?: boolean;
}

/** What a name means, in the layout of `fossil whatis`. */
export function meaningText({ name, contentHash, meanings }: NameMeaning, layout: FactsLayout): string {
  const file = contentHash === undefined ? [] : [line('name:', name)];
  if (meanings.length === 0) return [...file, line('unknown:', contentHash ?? name)].join('\n');
  const title = contentHash === undefined ? line('name:', name) : line('hash:', contentHash);
  const texts = meanings.map((facts, at) =>
    at === 0
      ? factsText(facts, layout)
      : `${' '.repeat(INDENT)}---- meaning #${at + 1} ----\n${factsText(facts, layout)}`,
  );
  return [...file, meanings.length > 1 ? `${title} (ambiguous)` : title, ...texts].join('\n');
}

export function factsText(facts: ArtifactFacts, layout: FactsLayout): string {
  const { rid, hash, size, received, tags, rawTags, event, attachments, description } = facts;
  const { formatTime, shortHash } = layout;
  const comment = (text: string): string => layout.fold(text, INDENT);
  const files = layout.isBrief === true ? facts.files.slice(-1) : facts.files;
  return [
    ...(received === undefined
      ? []
      : [
          line('artifact:', layout.isVerbose === true ? `${hash} (${rid})` : hash),
          line('size:', `${size ?? -1} bytes`),
        ]),
    ...(received !== undefined && layout.isVerbose === true
      ? [line('received:', `${formatTime(received.time)} from ${received.address}`)]
      : []),
    ...(tags.length === 0 ? [] : [line('tags:', tags.join(', '))]),
    ...(rawTags.length === 0 ? [] : [line('raw-tags:', rawTags.join(', '))]),
    ...(event === undefined
      ? []
      : [
          line('type:', `${KINDS[event.type]} by ${event.user} on ${formatTime(event.time)}`),
          line('comment:', comment(event.comment)),
        ]),
    ...files.flatMap((file) => [
      ...(layout.isBrief === true ? [line('mtime:', formatTime(file.time))] : []),
      line('file:', file.path),
      line('', `part of [${shortHash(file.checkin)}] by ${file.user} on ${formatTime(file.time)}`),
      line('', comment(file.comment)),
    ]),
    ...attachments.flatMap((attachment) => [
      line('attachment:', attachment.path),
      line('', `attached to ${attachment.targetKind ?? ''} ${attachment.target}`),
      line('', `via ${attachment.control}${layout.isVerbose === true ? ` (${attachment.controlRid})` : ''}`),
      line('', `by user ${attachment.user} on ${formatTime(attachment.time)}`),
      line('', comment(attachment.comment)),
    ]),
    ...(description === undefined
      ? []
      : [line(`${description.type}:`, `${description.summary} ${description.reference?.slice(0, 16) ?? ''}`)]),
  ].join('\n');
}

function line(title: string, text: string): string {
  return `${title.padEnd(INDENT)}${text}`;
}
