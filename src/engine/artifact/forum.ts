import type { Hash } from '../identifiers';
import { formatStamp } from '../codec/julian-day';
import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import type { ForumPost } from './types';

/** A version of a forum post. */
export const forumForm: ArtifactForm<ForumPost> = { allowed: 'DGHINPUWZ', required: 'DUWZ', fromCards, write };

function fromCards(cards: CardSet): ForumPost | undefined {
  const { date, threadRoot, threadTitle, inReplyTo, mimetype, parents, user, text } = cards;
  const [parent] = parents;
  if (date === undefined || user === undefined || !text || parents.length > 1) return undefined;
  // A title belongs to the first post of a thread, which replies to none.
  if (threadTitle !== undefined && inReplyTo !== undefined) return undefined;
  return {
    type: 'forum',
    date,
    ...(threadRoot !== undefined && { threadRoot }),
    ...(threadTitle !== undefined && { title: threadTitle }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(mimetype !== undefined && { mimetype }),
    ...(parent !== undefined && { parent }),
    user,
    text,
  };
}

function write(post: ForumPost, writer: CardWriter): void {
  writer.card('D', formatStamp(post.date));
  writer.hashesCard('G', listOf(post.threadRoot));
  writer.textCard('H', post.title);
  writer.hashesCard('I', listOf(post.inReplyTo));
  writer.textCard('N', post.mimetype);
  writer.hashesCard('P', listOf(post.parent));
  writer.textCard('U', post.user);
  writer.bytesCard(post.text);
}

function listOf(hash: Hash | undefined): Hash[] {
  return hash === undefined ? [] : [hash];
}
