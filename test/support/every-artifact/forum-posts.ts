import type { Hash } from '../../../src/engine/identifiers';
import { bytesOf, type Composer } from './composer';
import { linkRichText } from './pages';

interface Post {
  title?: string;
  root?: Hash;
  replyTo?: Hash;
  parent?: Hash;
  mimetype?: string;
  text?: string;
}

/** Threads with replies, edits, a new title, deletions. @returns some of the posts */
export function composeForum(composer: Composer, checkins: readonly Hash[]): Hash[] {
  const { seeded } = composer;
  const post = ({ title, root, replyTo, parent, mimetype, text }: Post): Hash =>
    composer.add({
      type: 'forum',
      date: composer.next(),
      ...(root === undefined ? {} : { threadRoot: root }),
      ...(title === undefined ? {} : { title }),
      ...(replyTo === undefined ? {} : { inReplyTo: replyTo }),
      ...(mimetype === undefined ? {} : { mimetype }),
      ...(parent === undefined ? {} : { parent }),
      user: seeded.pick(['alice', 'bob', 'carol']),
      text: bytesOf(
        text ?? linkRichText([seeded.pick(checkins), seeded.pick(checkins), seeded.pick(checkins)], mimetype),
      ),
    });

  const root = post({ title: 'How does it work? (größer: better)', mimetype: 'text/x-markdown' });
  const reply = post({ root, replyTo: root, mimetype: 'text/x-fossil-wiki' });
  const answer = post({ root, replyTo: reply, text: 'plain [0123456789ab]', mimetype: 'text/plain' });
  const edited = post({ title: 'How does it work, really?', root, parent: root });
  post({ root, replyTo: root, parent: reply, text: 'a better reply\n' });
  post({ root, replyTo: reply, parent: answer, text: '' });
  post({ title: "It's how it works", root, parent: edited, mimetype: 'text/x-markdown' });
  post({ root, replyTo: root, text: 'after the new title\n' });

  const deleted = post({ title: 'To be deleted' });
  post({ root: deleted, parent: deleted, text: '' });
  return [root, reply, deleted];
}
