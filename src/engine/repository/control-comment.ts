import type { Control, TagCard } from '../artifact/types';
import { compareBytes } from '../codec/utf8';
import { DEFAULT_HASH_DIGITS, escapeHtml } from './event-text';

/** What the timeline says about a control artifact, in Fossil's words (`event.comment`, type g). */
export function controlComment(control: Control, digits = DEFAULT_HASH_DIGITS): string {
  const tags = [...control.tags].sort(
    (a, b) => compareBytes(a.target, b.target) || compareBytes(a.sign + a.name, b.sign + b.name),
  );
  let comment = '';
  let target: string | undefined;
  let isBranchMove = false;
  for (const tag of tags) {
    if (tag.target === '*') continue;
    if (tag.target !== target) {
      target = tag.target;
      isBranchMove = false;
      comment += ` Edit [${target.slice(0, digits.linked)}|${target.slice(0, digits.shown)}]:`;
    }
    if (tag.sign === '*' && tag.name === 'branch') isBranchMove = true;
    comment += phrase(tag, isBranchMove, digits.linked);
  }
  return comment === '' ? '' : comment.slice(1);
}

function phrase(tag: TagCard, isBranchMove: boolean, linkedDigits: number): string {
  const value = escapeHtml(tag.value ?? '');
  const card = tag.sign + tag.name;
  switch (card) {
    case '*branch':
      return ` Move to branch [/timeline?r=${value}&nd&dp=${tag.target.slice(0, linkedDigits)}&unhide | ${value}].`;
    case '*bgcolor':
      return ` Change branch background color to "${value}".`;
    case '+bgcolor':
      return ` Change background color to "${value}".`;
    case '-bgcolor':
      return ` Cancel background color${note(value)}`;
    case '+comment':
      return ' Edit check-in comment.';
    case '+user':
      return ` Change user to "${value}".`;
    case '+date':
      return ` Timestamp ${value}.`;
    case '+closed':
      return ` Mark "Closed"${note(value)}`;
    case '-closed':
      return ` Remove the "Closed" mark${note(value)}`;
  }
  if (tag.name.startsWith('sym-')) {
    const name = escapeHtml(tag.name.slice(4));
    if (tag.sign === '+') return ` Add tag "${name}"${note(value)}`;
    if (isBranchMove) return '';
    return tag.sign === '-' ? ` Cancel tag "${name}"${note(value)}` : ` Add propagating tag "${name}"${note(value)}`;
  }
  const verb = tag.sign === '-' ? 'Cancel' : tag.sign === '+' ? 'Add' : 'Add propagating';
  return ` ${verb} "${escapeHtml(tag.name)}"${value === '' ? '.' : ` with value "${value}".`}`;
}

function note(value: string): string {
  return value === '' ? '.' : ` with note "${value}".`;
}
