import type { ArtifactForm } from './artifact-form';
import type { CardSet } from './card-set';
import type { CardWriter } from './card-writer';
import type { Cluster } from './types';

/** A list of artifacts, so that a sync can name many at once. */
export const clusterForm: ArtifactForm<Cluster> = { allowed: 'MZ', required: 'MZ', fromCards, write };

function fromCards({ members }: CardSet): Cluster {
  return { type: 'cluster', members };
}

function write({ members }: Cluster, writer: CardWriter): void {
  for (const member of [...members].sort()) writer.card('M', member);
}
