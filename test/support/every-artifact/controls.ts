import type { TagCard } from '../../../src/engine/artifact/types';
import type { Hash } from '../../../src/engine/identifiers';
import type { Composer } from './composer';

const day = (index: number): string => `2020-03-${String(1 + (index % 28)).padStart(2, '0')} 10:11:12`;

/** Tags of every kind and sign on check-ins, and on what is none. */
export function composeControls(composer: Composer, checkins: readonly Hash[], others: readonly Hash[]): void {
  const { seeded } = composer;
  const control = (...tags: TagCard[]): Hash =>
    composer.add({ type: 'control', date: composer.next(), tags, user: 'alice' });
  const tag = (sign: TagCard['sign'], name: string, target: Hash, value?: string): TagCard => ({
    sign,
    name,
    target,
    ...(value === undefined ? {} : { value }),
  });
  const some = (): Hash => seeded.pick(checkins);

  for (let index = 0; index < 6; index++) {
    const [a, b, c] = [some(), some(), some()];
    control(
      tag('*', 'bgcolor', a, '#112233'),
      tag('+', 'comment', a, `edited [${c.slice(0, 10)}] ${index}`),
      tag('+', 'user', a, 'dora'),
    );
    control(tag('+', 'bgcolor', b, '#445566'), tag('+', 'date', b, day(index)));
    control(
      tag('*', 'branch', c, `moved-${index}`),
      tag('*', `sym-moved-${index}`, c),
      tag('-', `sym-branch-${index}`, c),
    );
    control(tag('+', 'closed', b), tag('+', 'hidden', c), tag('+', 'note', a, 'a note'));
    control(tag('*', 'campaign', a, `campaign ${index}`));
    control(tag('-', 'campaign', b), tag('-', 'bgcolor', a), tag('+', `sym-release-${index}`, c, 'with a note'));
    if (index % 2 === 0)
      control(tag('-', 'closed', b), tag('-', 'date', b), tag('-', 'comment', a), tag('-', 'user', a));
  }
  const [x, y] = [some(), some()];
  control(...(x === y ? [tag('+', 'both', x)] : [tag('+', 'both', x, '1'), tag('+', 'both', y, '2')]));
  control(tag('+', 'comment', x, `an edit with links: [${y}], [tag:v1], [https://example.org/]`));
  control(tag('+', 'sym-unknown', composer.unknown()), tag('*', 'mark', composer.unknown(40), 'x'));
  contradict(composer, x, y);
  for (const other of others)
    control(
      tag('+', 'closed', other),
      tag('*', 'mark', other, 'on no check-in'),
      tag('+', 'bgcolor', other, '#abcdef'),
    );
}

/** An edit that is taken back with a value, and two at one moment. */
function contradict(composer: Composer, edited: Hash, other: Hash): void {
  const control = (date: number, ...tags: TagCard[]): Hash =>
    composer.add({ type: 'control', date, tags, user: 'alice' });
  const edit = (sign: TagCard['sign'], target: Hash, value: string): TagCard[] =>
    ['bgcolor', 'comment', 'user'].map((name) => ({ sign, name, target, value }));
  control(composer.next(), ...edit('+', edited, 'first'));
  control(composer.next(), ...edit('-', edited, 'taken back'));
  const moment = composer.next();
  control(moment, ...edit('+', other, 'one'));
  control(moment, ...edit('+', other, 'another'));
}

/** A check-in gets other parents than it said. */
export function composeReparenting(composer: Composer, checkins: readonly Hash[]): void {
  const child = checkins.at(-3);
  const [first, second] = [checkins[5], checkins[7]];
  if (child === undefined || first === undefined || second === undefined) throw new Error('too few check-ins');
  composer.add({
    type: 'control',
    date: composer.next(),
    tags: [{ sign: '+', name: 'parent', target: child, value: `${first} ${second}` }],
    user: 'alice',
  });
}
