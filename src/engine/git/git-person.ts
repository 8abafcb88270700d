/**
 * Name and address of a Fossil user as Git wants them, from the user's contact information: `Name <address> other words`, an address
 * alone, or words without address. Follows `fossil export` to the letter, but for control characters: they are left out, since the line
 * of the stream would end where one of them stands, and what follows would be taken for a command.
 *
 * @param user - login; undefined when nobody is named
 * @param contact - the user's contact information; undefined when there is no such user
 * @returns `Name <address>`
 */
export function gitPerson(user: string | undefined, contact: string | undefined): string {
  if (user === undefined) return '<unknown>';
  return personOf(withoutControls(user), contact === undefined ? undefined : withoutControls(contact));
}

function personOf(user: string, contact: string | undefined): string {
  const at = contact?.indexOf('@') ?? -1;
  if (contact === undefined || at < 0) {
    const name = withoutBrackets(contact === undefined || contact === '' ? user : contact);
    return `${name} <${name}>`;
  }
  const { start, isBracketed } = addressStart(contact.slice(0, at));
  const behind = contact.slice(at + 1);
  const words = behind.indexOf(' ') < 0 ? behind : behind.slice(0, behind.indexOf(' '));
  const bracket = words.lastIndexOf('>');
  const end = at + 1 + (bracket < 0 ? words.length : bracket);
  const address = contact.slice(start, end).trimStart().replace(/[<>]/g, '');
  const before = isBracketed && start > 1 ? contact.slice(0, start - 1).replace(/ +$/, '') : '';
  const name = before === '' ? user : before.replace(/^ +(?=.)/, '');
  return `${withoutBrackets(name)} <${address}>`;
}

/** Where the address begins: behind the last bracket, or behind the last space outside of brackets. */
function addressStart(before: string): { start: number; isBracketed: boolean } {
  let start = 0;
  let isBracketed = false;
  for (let i = 0; i < before.length; i++) {
    const character = before.charAt(i);
    if (character === '<' || character === '>') {
      isBracketed = character === '<';
      start = i + 1;
    } else if (character === ' ' && !isBracketed) {
      start = i + 1;
    }
  }
  return { start, isBracketed };
}

function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is left out
  return text.replace(/[\0-\x1f\x7f]/g, '');
}

function withoutBrackets(text: string): string {
  return text.replace(/[<>"]/g, '');
}
