import type { Artifact } from '../artifact/types';
import { controlComment } from './control-comment';

/** One line for the user that tells what a structural artifact is about. */
export function artifactTitle(artifact: Artifact): string {
  switch (artifact.type) {
    case 'checkin':
      return artifact.comment ?? '';
    case 'cluster':
      return `Names of ${artifact.members.length} artifacts`;
    case 'control':
      return controlComment(artifact).replace(/\[[^|\]]*\|\s*([^\]]*)\]/g, '$1');
    case 'wiki':
      return artifact.title;
    case 'ticket':
      return artifact.fields.find((field) => field.name === 'title')?.value ?? `Ticket ${artifact.ticket.slice(0, 10)}`;
    case 'technote':
      return artifact.comment ?? 'Technical note';
    case 'attachment':
      return artifact.fileName;
    case 'forum':
      return artifact.title ?? 'Reply';
  }
}
