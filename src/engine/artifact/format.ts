import type { Hashing } from '../platform/hash';
import { attachmentForm } from './attachment';
import { CardWriter } from './card-writer';
import { checkinForm } from './checkin';
import { clusterForm } from './cluster';
import { controlForm } from './control';
import { forumForm } from './forum';
import { technoteForm } from './technote';
import { ticketForm } from './ticket';
import type { Artifact } from './types';
import { wikiForm } from './wiki';

/** Writes a structural artifact with its Z-card, cards ordered as Fossil's (fossil.md 7.4). */
export function formatArtifact(artifact: Artifact, hashing: Hashing): Uint8Array {
  const writer = new CardWriter();
  writeCards(artifact, writer);
  return writer.finish(hashing);
}

function writeCards(artifact: Artifact, writer: CardWriter): void {
  switch (artifact.type) {
    case 'checkin':
      checkinForm.write(artifact, writer);
      break;
    case 'cluster':
      clusterForm.write(artifact, writer);
      break;
    case 'control':
      controlForm.write(artifact, writer);
      break;
    case 'wiki':
      wikiForm.write(artifact, writer);
      break;
    case 'ticket':
      ticketForm.write(artifact, writer);
      break;
    case 'attachment':
      attachmentForm.write(artifact, writer);
      break;
    case 'technote':
      technoteForm.write(artifact, writer);
      break;
    case 'forum':
      forumForm.write(artifact, writer);
      break;
  }
}
