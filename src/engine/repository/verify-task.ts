import { parseArtifact } from '../artifact/parse';
import type { Artifact } from '../artifact/types';
import { hasName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { applyDelta } from '../codec/delta-apply';
import { EngineError } from '../errors';
import type { Hash } from '../identifiers';
import type { Task, TaskTools } from '../platform/pool';

/** One stored artifact to verify. */
export interface VerifyItem {
  hash: Hash;
  container: Uint8Array;
  /** What the container is a delta of: an earlier item by index, or a full text of `bases`. Absent: full text. */
  source?: { item: number } | { base: number };
}

export interface VerifyInput {
  /** A source stands before the items that need it. */
  items: VerifyItem[];
  bases: Uint8Array[];
}

/** A structural artifact; a check-in's list of files is left empty, for it is large and read again when it is needed. */
export type ArtifactHeader = Artifact;

export interface VerifyOutput {
  /** Bytes of the full artifacts together. */
  logicalBytes: number;
  /** Bytes of each full artifact. */
  sizes: number[];
  /** The items that are structural artifacts. */
  structural: { item: number; header: ArtifactHeader }[];
  /** The items that are wrong; nothing of those that build on them has been looked at. */
  wrong: { item: number; code: 'hash-mismatch' | 'content-corrupt' }[];
}

/** Inflates, applies, hashes and parses stored artifacts, every byte once. */
export const verifyTask: Task<VerifyInput, VerifyOutput> = {
  name: 'verify',
  run(input, tools) {
    const output: VerifyOutput = { logicalBytes: 0, sizes: [], structural: [], wrong: [] };
    const contents = new Map<number, Uint8Array>();
    const waiting = countDependants(input.items);
    input.items.forEach((item, index) => {
      const content = verifyItem(item, input, contents, tools, (code) => output.wrong.push({ item: index, code }));
      output.sizes.push(content?.length ?? -1);
      release(item, waiting, contents);
      if (content === undefined) return;
      output.logicalBytes += content.length;
      if ((waiting[index] ?? 0) > 0) contents.set(index, content);
      const artifact = parseArtifact(content, tools.hash);
      if (artifact !== undefined) output.structural.push({ item: index, header: headerOf(artifact) });
    });
    return output;
  },
};

/** @returns the full artifact, or undefined when it, or what it builds on, is wrong */
function verifyItem(
  item: VerifyItem,
  input: VerifyInput,
  contents: Map<number, Uint8Array>,
  tools: TaskTools,
  report: (code: 'hash-mismatch' | 'content-corrupt') => void,
): Uint8Array | undefined {
  const { source } = item;
  const from =
    source === undefined ? undefined : 'item' in source ? contents.get(source.item) : input.bases[source.base];
  if (source !== undefined && from === undefined) return undefined;
  let content: Uint8Array;
  try {
    const unpacked = unpackContainer(tools.zlib, item.container);
    content = from === undefined ? unpacked : applyDelta(from, unpacked);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    report('content-corrupt');
    return undefined;
  }
  if (hasName(tools.hash, content, item.hash)) return content;
  report('hash-mismatch');
  return undefined;
}

function countDependants(items: readonly VerifyItem[]): Int32Array {
  const dependants = new Int32Array(items.length);
  for (const { source } of items) {
    if (source !== undefined && 'item' in source) dependants[source.item] = (dependants[source.item] ?? 0) + 1;
  }
  return dependants;
}

/** Lets a source's content go once the last delta of it is done. */
function release(item: VerifyItem, waiting: Int32Array, contents: Map<number, Uint8Array>): void {
  if (item.source === undefined || !('item' in item.source)) return;
  const left = (waiting[item.source.item] ?? 1) - 1;
  waiting[item.source.item] = left;
  if (left === 0) contents.delete(item.source.item);
}

function headerOf(artifact: Artifact): ArtifactHeader {
  if (artifact.type !== 'checkin') return artifact;
  return { ...artifact, files: [] };
}
