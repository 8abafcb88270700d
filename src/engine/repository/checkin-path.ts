import type { Rid } from '../identifiers';
import { CheckinLinks } from './checkin-links';
import type { Repository } from './repository';

/** One check-in of a path. */
export interface PathStep {
  rid: Rid;
  /** The step before is its parent; otherwise it is its child. Of the first, false. */
  isFromParent: boolean;
}

export interface PathOptions {
  /** Leave merges out. */
  primaryOnly?: boolean;
  /** Only from parents to children. */
  oneWay?: boolean;
}

interface Reached extends PathStep {
  from: Reached | undefined;
}

/** A shortest path between two check-ins, both included. @returns undefined when none leads there */
export function checkinPath(
  repository: Repository,
  from: Rid,
  to: Rid,
  options: PathOptions = {},
): PathStep[] | undefined {
  const links = new CheckinLinks(repository, { primaryOnly: options.primaryOnly === true });
  const seen = new Set([from]);
  let generation: Reached[] = [{ rid: from, isFromParent: false, from: undefined }];
  if (from === to) return stepsTo(generation[0]);
  while (generation.length > 0) {
    const next: Reached[] = [];
    // Of several shortest paths Fossil takes the one that its order of visiting finds first: the last reached goes first.
    for (const step of generation.reverse()) {
      const neighbours = [
        ...links.children(step.rid).map((rid) => ({ rid, isFromParent: true })),
        ...(options.oneWay === true ? [] : links.parents(step.rid).map((rid) => ({ rid, isFromParent: false }))),
      ];
      for (const neighbour of neighbours) {
        if (seen.has(neighbour.rid)) continue;
        seen.add(neighbour.rid);
        const reached = { ...neighbour, from: step };
        if (neighbour.rid === to) return stepsTo(reached);
        next.push(reached);
      }
    }
    generation = next;
  }
  return undefined;
}

function stepsTo(last: Reached | undefined): PathStep[] {
  const steps: PathStep[] = [];
  for (let step = last; step !== undefined; step = step.from) {
    steps.push({ rid: step.rid, isFromParent: step.isFromParent });
  }
  return steps.reverse();
}
