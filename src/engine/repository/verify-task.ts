import { FileCardCache } from '../artifact/file-card-cache';
import { parseArtifact } from '../artifact/parse';
import type { Artifact, Checkin, Technote, Wiki } from '../artifact/types';
import { algorithmOf, hasName } from '../codec/artifact-name';
import { unpackContainer } from '../codec/container';
import { applyDelta } from '../codec/delta-apply';
import { LARGEST_ARTIFACT } from '../codec/size-limits';
import { EngineError } from '../errors';
import type { Hash } from '../identifiers';
import type { Task, TaskTools } from '../platform/pool';
import { BufferPool } from './buffer-pool';
import { CheckinNeighbours } from './checkin-neighbours';
import { CheckinPacker, type PackedCheckins } from './packed-checkins';
import { type LeftOut, withoutLargeText } from './held-artifacts';
import { type PageFacts, technoteFacts, wikiFacts } from './page-facts';
import { DifferencePacker, type PackedDifferences } from './packed-differences';

/** One stored artifact to verify. */
export interface VerifyItem {
  hash: Hash;
  /** Bytes of its container. */
  length: number;
  /** What the container is a delta of: an earlier item by index, or a full text of `bases`. Absent: full text. */
  source?: { item: number } | { base: number };
}

export interface VerifyInput {
  /** A source stands before the items that need it. */
  items: VerifyItem[];
  /** The containers of the items, one behind the other. */
  containers: Uint8Array<ArrayBuffer>;
  /** Full texts that items build on, and which others verify; undefined for one that cannot be read. */
  bases: ({ hash: Hash; content: Uint8Array } | undefined)[];
  /** Check-ins are to be compared with those near them. */
  compares: boolean;
}

/** A structural artifact that is no check-in. */
export type OtherArtifact = Exclude<Artifact, Checkin | Wiki | Technote> | PageFacts | LeftOut;

export interface VerifyOutput {
  /** Bytes of the full artifacts together. */
  logicalBytes: number;
  /** Bytes of each full artifact, -1 for what is wrong. */
  sizes: number[];
  /** The items that are check-ins. */
  checkins: PackedCheckins;
  /** The items that are other structural artifacts. */
  others: { item: number; artifact: OtherArtifact }[];
  /** What check-ins do to the files of those near them. */
  differences: PackedDifferences;
  /**
   * The items that are wrong, nothing of which is told. Each is judged by itself, as whoever reads it would: what builds on something
   * wrong is, too, but where it takes nothing from what is wrong there.
   */
  wrong: { item: number; code: 'hash-mismatch' | 'content-corrupt' }[];
}

/** Inflates, applies, hashes and parses stored artifacts, every byte once. */
export const verifyTask: Task<VerifyInput, VerifyOutput> = {
  name: 'verify',
  run: (input, tools) => {
    const output = new VerifyRun(input, tools, HASHED_TOGETHER).result();
    // What is wrong must not be looked at: so everything is hashed before it is used.
    return output.wrong.length === 0 ? output : new VerifyRun(input, tools, 0).result();
  },
  transfer: ({ checkins, differences }) => [
    ...[checkins.items.buffer, checkins.ends.buffer, checkins.bytes.buffer],
    ...[differences.artifacts.buffer, differences.numbers.buffer],
  ],
};

/** Bytes of contents that are hashed at once: enough to have two of about the same length, little enough for the processor's cache. */
const HASHED_TOGETHER = 512 * 1024;

/** For all batches of a worker: each would leave its buffers to the collector. */
const buffers = new BufferPool();

/** The full text of an item, for as long as deltas of it are to come. */
interface Content {
  item: number;
  bytes: Uint8Array;
  /** The same bytes, when the pool wants them back. */
  pooled?: Uint8Array<ArrayBuffer>;
  /** Deltas of it that have not been looked at, and one more until it is hashed. */
  waiting: number;
}

class VerifyRun {
  readonly #input: VerifyInput;
  readonly #tools: TaskTools;
  readonly #contents = new Map<number, Content>();
  readonly #files = new FileCardCache();
  readonly #neighbours = new CheckinNeighbours();
  readonly #hashedTogether: number;
  #unhashed: { hash: Hash; content: Content }[] = [];
  #unhashedBytes = 0;
  /** Where the next item's container begins. */
  #offset = 0;
  readonly #checkins = new CheckinPacker();
  readonly #differences = new DifferencePacker();
  readonly #output: Omit<VerifyOutput, 'checkins' | 'differences'> = {
    logicalBytes: 0,
    sizes: [],
    others: [],
    wrong: [],
  };

  constructor(input: VerifyInput, tools: TaskTools, hashedTogether: number) {
    this.#input = input;
    this.#tools = tools;
    this.#hashedTogether = hashedTogether;
  }

  result(): VerifyOutput {
    for (const base of this.#input.bases) if (base !== undefined) this.#meet(base.hash, this.#artifact(base.content));
    const dependants = countDependants(this.#input.items);
    this.#input.items.forEach((item, index) => {
      const content = this.#expand(item, index);
      this.#releaseSource(item);
      const isRight = content !== undefined && this.#verify(item, content);
      this.#output.sizes.push(isRight ? content.bytes.length : -1);
      if (content === undefined) return;
      if (isRight) {
        this.#output.logicalBytes += content.bytes.length;
        this.#parse(item.hash, index, content.bytes);
      }
      content.waiting += dependants[index] ?? 0;
      if (content.waiting > 0) this.#contents.set(index, content);
      else this.#giveBack(content);
      if (this.#unhashedBytes > this.#hashedTogether) this.#hashTogether();
    });
    this.#hashTogether();
    return { ...this.#output, checkins: this.#checkins.finish(), differences: this.#differences.finish() };
  }

  /** @returns whether it is right, as far as that is known already */
  #verify({ hash }: VerifyItem, content: Content): boolean {
    if (this.#hashedTogether > 0 && algorithmOf(hash) === 'sha3-256') {
      content.waiting++;
      this.#unhashed.push({ hash, content });
      this.#unhashedBytes += content.bytes.length;
      return true;
    }
    if (hasName(this.#tools.hash, content.bytes, hash)) return true;
    this.#output.wrong.push({ item: content.item, code: 'hash-mismatch' });
    return false;
  }

  #hashTogether(): void {
    const contents = this.#unhashed.map(({ content }) => content.bytes);
    const digests = this.#tools.hash.hexEach('sha3-256', contents);
    this.#unhashed.forEach(({ hash, content }, index) => {
      if (digests[index] !== hash) this.#output.wrong.push({ item: content.item, code: 'hash-mismatch' });
      this.#release(content);
    });
    this.#unhashed = [];
    this.#unhashedBytes = 0;
  }

  /** @returns undefined when it cannot be read */
  #expand({ source, length }: VerifyItem, index: number): Content | undefined {
    const container = this.#input.containers.subarray(this.#offset, (this.#offset += length));
    const from =
      source === undefined
        ? undefined
        : 'item' in source
          ? this.#contents.get(source.item)?.bytes
          : this.#input.bases[source.base]?.content;
    if (source !== undefined && from === undefined) {
      this.#output.wrong.push({ item: index, code: 'content-corrupt' });
      return undefined;
    }
    try {
      const unpacked = unpackContainer(this.#tools.zlib, container, LARGEST_ARTIFACT);
      if (from === undefined) return { item: index, bytes: unpacked, waiting: 0 };
      const pooled = applyDelta(from, unpacked, buffers.take);
      return { item: index, bytes: pooled, pooled, waiting: 0 };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#output.wrong.push({ item: index, code: 'content-corrupt' });
      return undefined;
    }
  }

  #parse(hash: Hash, item: number, bytes: Uint8Array): void {
    const artifact = this.#artifact(bytes);
    if (artifact === undefined) return;
    if (artifact.type === 'checkin') this.#checkins.add(item, artifact);
    else this.#output.others.push({ item, artifact: ownCopyOf(toldOf(artifact)) });
    this.#meet(hash, artifact);
  }

  #artifact(bytes: Uint8Array): Artifact | undefined {
    return parseArtifact(bytes, this.#tools.hash, this.#files);
  }

  #meet(hash: Hash, artifact: Artifact | undefined): void {
    if (this.#input.compares && artifact?.type === 'checkin') this.#neighbours.meet(hash, artifact, this.#differences);
  }

  #releaseSource({ source }: VerifyItem): void {
    if (source === undefined || !('item' in source)) return;
    const content = this.#contents.get(source.item);
    if (content !== undefined) this.#release(content);
  }

  #release(content: Content): void {
    if (--content.waiting > 0) return;
    this.#contents.delete(content.item);
    this.#giveBack(content);
  }

  #giveBack({ pooled }: Content): void {
    if (pooled !== undefined) buffers.give(pooled);
  }
}

function countDependants(items: readonly VerifyItem[]): Int32Array {
  const dependants = new Int32Array(items.length);
  for (const { source } of items) {
    if (source !== undefined && 'item' in source) dependants[source.item] = (dependants[source.item] ?? 0) + 1;
  }
  return dependants;
}

function toldOf(artifact: Exclude<Artifact, Checkin>): OtherArtifact {
  if (artifact.type === 'wiki') return wikiFacts(artifact);
  return artifact.type === 'technote' ? technoteFacts(artifact) : withoutLargeText(artifact);
}

/** A copy that holds on neither to a buffer that is used again nor to the text of the whole artifact, which its strings are cut from. */
function ownCopyOf(artifact: OtherArtifact): OtherArtifact {
  // Names by the hundred are copied as one text.
  if (artifact.type === 'cluster') return { ...artifact, members: artifact.members.join(' ').split(' ') as Hash[] };
  return structuredClone('text' in artifact ? { ...artifact, text: artifact.text.slice() } : artifact);
}
