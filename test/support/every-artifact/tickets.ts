import type { TicketChange } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import type { Composer } from './composer';
import { linkRichText } from './pages';

type Fields = Record<string, string>;

/** Tickets with many changes, appended fields, fields that no table has, changes out of order. @returns their ids */
export function composeTickets(composer: Composer, checkins: readonly Hash[]): string[] {
  const { seeded } = composer;
  const change = (ticket: string, fields: Fields, date = composer.next()): Hash =>
    composer.add({
      type: 'ticket',
      date,
      fields: fieldsOf(fields),
      ticket,
      user: seeded.pick(['alice', 'bob', 'Jürgen']),
    });
  const links = (mimetype?: string): string =>
    linkRichText([seeded.pick(checkins), seeded.pick(checkins), seeded.pick(checkins)], mimetype);

  const long = composer.id();
  change(long, {
    title: 'It breaks & <burns>',
    type: 'Code_Defect',
    status: 'Open',
    comment: links(),
    private_contact: '0'.repeat(40),
  });
  change(long, { '+comment': `\n\nand more [${seeded.pick(checkins).slice(0, 10)}]`, priority: 'High' });
  change(long, { icomment: links('text/x-markdown'), mimetype: 'text/x-markdown', login: 'bob', username: 'Bob' });
  change(long, { status: 'Verified' });
  change(long, { status: 'Fixed', resolution: 'Fixed', icomment: links() });
  change(long, { '+title': ' (again)', status: '' });

  const short = composer.id();
  change(short, { title: 'Größe', type: 'Feature_Request', status: 'Open' });

  const unordered = composer.id();
  const [early, middle, late] = [composer.next(), composer.next(), composer.next()];
  change(unordered, { status: 'Closed', severity: 'Minor' }, late);
  change(unordered, { title: 'Out of order', status: 'Open' }, early);
  change(unordered, { '+subsystem': 'parser', foundin: '1.0', unheard_of: 'kept in the artifact alone' }, middle);

  const untitled = composer.id();
  change(untitled, { '+comment': 'appended to nothing', icomment: 'plain [0123abcd]', mimetype: 'text/plain' });
  change(composer.id(), { unheard_of: 'nothing that a table has' });
  return [long, short, unordered, untitled];
}

/** Changes for the columns that a project of its own taste has. */
export function composeProjectTickets(composer: Composer, checkins: readonly Hash[]): void {
  const { seeded } = composer;
  const ticket = composer.id();
  const fields = (index: number): Fields => ({
    'odd name': `value ${index}`,
    weight: String(index * 3),
    remark: linkRichText([seeded.pick(checkins), seeded.pick(checkins), seeded.pick(checkins)], undefined),
    ...(index % 2 === 0 ? { '+story': ` part ${index}` } : { story: `from ${index} on` }),
  });
  for (let index = 0; index < 6; index++) {
    composer.add({
      type: 'ticket',
      date: composer.next(),
      fields: fieldsOf(fields(index)),
      ticket: index === 5 ? composer.id() : ticket,
      user: 'alice',
    });
  }
}

/** A name that begins with `+` appends. */
function fieldsOf(fields: Fields): TicketChange['fields'] {
  return Object.entries(fields).map(([name, value]) => ({
    name: name.replace(/^\+/, ''),
    isAppend: name.startsWith('+'),
    value,
  }));
}
