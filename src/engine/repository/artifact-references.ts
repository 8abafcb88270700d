import type { Artifact, TagCard } from '../artifact/types';
import type { Hash } from '../identifiers';
import type { OtherArtifact } from './verify-task';

/** The artifacts that a structural artifact names so that they become phantoms; the content of an attachment does not. */
export function referencesOf(artifact: Artifact | OtherArtifact): Hash[] {
  switch (artifact.type) {
    case 'checkin':
      return [
        ...artifact.parents,
        ...(artifact.baseline === undefined ? [] : [artifact.baseline]),
        ...artifact.files.flatMap((file) => (file.hash === undefined ? [] : [file.hash])),
        ...targetsOf(artifact.tags),
      ];
    case 'cluster':
      return artifact.members;
    case 'control':
      return targetsOf(artifact.tags);
    case 'wiki':
      return artifact.parents;
    case 'technote':
      return [...artifact.parents, ...targetsOf(artifact.tags)];
    case 'forum':
      return [artifact.threadRoot, artifact.inReplyTo, artifact.parent].filter((hash) => hash !== undefined);
    case 'attachment':
    case 'ticket':
      return [];
  }
}

function targetsOf(tags: readonly TagCard[]): Hash[] {
  return tags.flatMap((tag) => (tag.target === '*' ? [] : [tag.target]));
}
