import type { Control, TagCard } from '../artifact/types';
import { compareBytes } from '../codec/utf8';

/** What the timeline says about a control artifact, in Fossil's words (`event.comment`, type g). */
export function controlComment(control: Control): string {
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
      comment += ` Edit [${target.slice(0, 16)}|${target.slice(0, 10)}]:`;
    }
    if (tag.sign === '*' && tag.name === 'branch') isBranchMove = true;
    comment += phrase(tag, isBranchMove);
  }
  return comment === '' ? '' : comment.slice(1);
}

function phrase(tag: TagCard, isBranchMove: boolean): string {
  const value = escapeHtml(tag.value ?? '');
  const card = tag.sign + tag.name;
  switch (card) {
    case '*branch':
      return ` Move to branch [/timeline?r=${urlEncode(tag.value ?? '')}&nd&dp=${tag.target.slice(0, 16)}&unhide | ${value}].`;
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

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Letters, digits and `. $ ~ - _ / :` stay; a space becomes `+` (fossil.md 1.5). */
function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replaceAll('%24', '$');
}
