import { parseArtifact } from '../artifact/parse';
import type { Artifact, ForumPost, TicketChange } from '../artifact/types';
import { EngineError } from '../errors';
import type { Rid } from '../identifiers';
import type { PageFacts } from './page-facts';
import type { Repository } from './repository';
import type { OtherArtifact } from './verify-task';

/** Bytes of texts that are kept until tables are derived; a forum or tickets may have any number of them. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** Beyond them, what is as small as this is kept still. */
const SMALL = 256;
/** Texts from this length on are not kept at all. */
const LARGE = 8192;

/** What is read again when its turn comes, without what it says. */
export type LeftOut = (Omit<ForumPost, 'text'> | Omit<TicketChange, 'fields'>) & { isLeftOut: true };

/** Decides which artifacts are held in memory. */
export class ArtifactHolder {
  #bytes = 0;

  hold(artifact: OtherArtifact): OtherArtifact {
    const size = lengthOf(artifact);
    if (size > SMALL && this.#bytes + size > KEPT_BYTES) return leaveOut(artifact);
    this.#bytes += size;
    return artifact;
  }
}

/** @returns the artifact, or what is held of it when its text is large */
export function withoutLargeText(artifact: OtherArtifact): OtherArtifact {
  return lengthOf(artifact) >= LARGE ? leaveOut(artifact) : artifact;
}

/** @returns the artifact, read again when it has been left out */
export function wholeArtifact({ blobs, environment }: Repository, rid: Rid, held: OtherArtifact): Artifact | PageFacts {
  if (!('isLeftOut' in held)) return held;
  const artifact = parseArtifact(blobs.content(rid), environment.hash);
  if (artifact === undefined) throw new EngineError('internal', `Artifact ${blobs.hash(rid)} was structural before.`);
  return artifact;
}

/** Of what it says, as far as that may be left out. */
function lengthOf(artifact: OtherArtifact): number {
  if ('text' in artifact) return artifact.text.length;
  if (!('fields' in artifact)) return 0;
  return artifact.fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
}

function leaveOut(artifact: OtherArtifact): OtherArtifact {
  if ('text' in artifact) {
    const { text, ...post } = artifact;
    return text.length === 0 ? artifact : { ...post, isLeftOut: true };
  }
  if (!('fields' in artifact)) return artifact;
  const { fields, ...change } = artifact;
  return fields.length === 0 ? artifact : { ...change, isLeftOut: true };
}
