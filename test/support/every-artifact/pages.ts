import type { Hash } from '../../../src/engine/identifiers';
import { bytesOf, type Composer } from './composer';

/** What wiki pages, technotes and posts say: links of all kinds. */
export function linkRichText(targets: readonly string[], mimetype: string | undefined): string {
  const [a = '', b = '', c = ''] = targets;
  if (mimetype === 'text/x-markdown')
    return `# A heading\n\nSee [${a}] and [the other](${b}), [wiki page](wiki:Main), <https://example.org/>,\nalso [/info/${c}] and [an anchor](#a).\n\n    [${c}] in code, \`[${b}]\`\n\n> [${c.slice(0, 16)}]\n`;
  return `A paragraph with [${a}] and [${b}|a name], [/info/${c}], [Main], [wiki:Main],\n[https://example.org/|outside], [#anchor], [  ${a.slice(0, 10)} ].\n\n<verbatim>[${c}]</verbatim> <nowiki>[${c}]</nowiki> <a href="/info/${b}">x</a>\n\n  *  an item [${c.slice(0, 12)}]\n`;
}

/** Wiki pages with all that may become of them. @returns titles that things can be attached to */
export function composeWiki(composer: Composer, checkins: readonly Hash[], tickets: readonly string[]): string[] {
  const { seeded } = composer;
  const version = (title: string, text: string, parents: Hash[], mimetype?: string, comment?: string): Hash =>
    composer.add({
      type: 'wiki',
      ...(comment === undefined ? {} : { comment }),
      date: composer.next(),
      title,
      ...(mimetype === undefined ? {} : { mimetype }),
      parents,
      user: seeded.pick(['alice', 'bob']),
      text: bytesOf(text),
    });
  const someText = (mimetype?: string): string =>
    linkRichText([seeded.pick(checkins), seeded.pick(tickets), seeded.pick(checkins)], mimetype);

  const first = version('Main', someText(), []);
  const second = version('Main', `\n  ${someText('text/x-markdown')}`, [first], 'text/x-markdown', 'a note');
  const third = version('Main', 'plain [0123456789]\n', [second], 'text/plain');
  version('Main', someText(), [third]);
  version('Main', `${someText()} a fork`, [second]);

  const gone = version('Gone', someText(), []);
  const deleted = version('Gone', '', [gone]);
  version('Back again', someText(), [version('Back again', ' \n ', [version('Back again', 'text', [])])]);
  version('Gone for good', '', [deleted]);
  version('Renamed', someText(), [third]);
  version('Größe & <more>', someText(), []);
  version('Merged', someText(), [first, deleted]);
  version('No parent here', someText(), [composer.unknown()]);
  version('Main', someText('text/x-markdown'), [], 'text/x-markdown');
  version('Sandbox', 'a sandbox that was kept\n', []);
  const [checkin = composer.unknown()] = checkins;
  version(`checkin/${checkin}`, `about [${checkin.slice(0, 16)}]\n`, []);
  version('branch/feature', someText(), []);
  version('tag/v1', someText(), []);
  for (const ticket of tickets.slice(0, 1)) version(`ticket/${ticket}`, someText(), []);
  return ['Main', 'Gone', 'Größe & <more>'];
}

/** Technotes with edits, tags and colours. @returns their ids */
export function composeTechnotes(composer: Composer, checkins: readonly Hash[]): string[] {
  const { seeded } = composer;
  const ids = [composer.id(), composer.id(), composer.id()];
  const version = (
    id: string | undefined,
    parents: Hash[],
    more: {
      text?: string;
      comment?: string;
      bgcolor?: string;
      tags?: string[];
      mimetype?: string;
      user?: string | null;
    } = {},
  ): Hash =>
    composer.add({
      type: 'technote',
      ...(more.comment === undefined ? {} : { comment: more.comment }),
      date: composer.next(),
      eventDate: Date.UTC(2020, seeded.below(12), 1 + seeded.below(28), seeded.below(24)),
      eventId: id ?? '',
      ...(more.mimetype === undefined ? {} : { mimetype: more.mimetype }),
      parents,
      tags: [
        ...(more.bgcolor === undefined
          ? []
          : [{ sign: '+' as const, name: 'bgcolor', target: '*' as const, value: more.bgcolor }]),
        ...(more.tags ?? []).map((name) => ({ sign: '+' as const, name: `sym-${name}`, target: '*' as const })),
      ],
      ...(more.user === null ? {} : { user: more.user ?? 'alice' }),
      text: bytesOf(
        more.text ?? linkRichText([seeded.pick(checkins), seeded.pick(checkins), seeded.pick(checkins)], more.mimetype),
      ),
    });
  const [often, once, bare] = ids;
  const first = version(often, [], { comment: 'a note [x]', bgcolor: '#ffffaa', tags: ['milestone', 'news'] });
  const second = version(often, [first], { comment: 'edited', tags: ['news'], mimetype: 'text/x-markdown' });
  version(often, [second], { comment: `edited again, see [${seeded.pick(checkins)}]`, bgcolor: '#aaffff' });
  version(once, [], { comment: 'written once', text: '' });
  version(bare, [], {});
  return ids;
}
