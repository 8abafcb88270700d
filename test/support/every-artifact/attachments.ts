import type { Hash } from '../../../src/engine/identifiers';
import type { Composer } from './composer';

export interface AttachmentTargets {
  pages: readonly string[];
  tickets: readonly string[];
  technotes: readonly string[];
  posts: readonly Hash[];
}

/** Files on pages, tickets, technotes and posts; replaced, deleted, and on what nobody knows. */
export function composeAttachments(composer: Composer, targets: AttachmentTargets): void {
  const file = (text: string): Hash => composer.content(`${text} ${composer.seeded.seed}\n`);
  const attach = (
    target: string,
    fileName: string,
    source?: Hash,
    more: { comment?: string; user?: string | null } = {},
  ): void => {
    const { comment, user = 'alice' } = more;
    composer.add({
      type: 'attachment',
      fileName,
      target,
      ...(source === undefined ? {} : { source }),
      ...(comment === undefined ? {} : { comment }),
      date: composer.next(),
      ...(user === null ? {} : { user }),
    });
  };
  for (const target of [
    ...targets.pages,
    ...targets.tickets.slice(0, 2),
    ...targets.technotes.slice(0, 2),
    ...targets.posts.slice(0, 1),
  ]) {
    attach(target, 'picture.png', file(`picture of ${target}`), { comment: 'a picture: [x] & <more>' });
    attach(target, 'größer.txt', file(`text of ${target}`));
    attach(target, 'picture.png', file(`better picture of ${target}`), { user: 'bob' });
    attach(target, 'größer.txt');
  }
  attach('Page that never was', 'lost.txt', file('lost'));
  attach(composer.id(), 'lost.txt', file('lost to a ticket'));
  attach(composer.id(), 'lost.txt');
  attach('Main', 'unknown.bin', composer.unknown(), { user: null });
  attach('Main', 'never-there.txt');
}
