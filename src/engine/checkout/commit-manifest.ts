import { formatArtifact } from '../artifact/format';
import type { CherrypickCard, Checkin, FileCard, TagCard } from '../artifact/types';
import { compareBytes } from '../codec/utf8';
import type { Hash, Rid } from '../identifiers';
import { isClosed, isLeaf } from '../repository/versions';
import type { Checkout } from './checkout';
import { unversionedFlag } from './checkout-settings';
import { commitTime, mergedCheckins, type CommitTarget, type MergedCheckin } from './commit-checks';

export interface ManifestInput {
  target: CommitTarget;
  comment: string;
  user: string;
  /** All files of the check-in, sorted. */
  files: FileCard[];
  checksum?: string;
  /** Write a complete manifest even where a delta manifest would do. */
  avoidDelta: boolean;
}

/** Writes the manifest of a check-in, as a delta manifest where Fossil would (fossil.md 7.4). */
export function writeManifest(checkout: Checkout, input: ManifestInput): Uint8Array {
  const complete = composeCheckin(checkout, input);
  const delta =
    input.avoidDelta || !allowsDelta(checkout) ? undefined : asDelta(checkout, input.target.parent, complete);
  return formatArtifact(delta ?? complete, checkout.environment.hash);
}

function composeCheckin(checkout: Checkout, input: ManifestInput): Checkin {
  const { target } = input;
  const merged = mergedCheckins(checkout).filter(({ rid }) => isMentioned(checkout, target, rid));
  const parents = target.parent === 0 ? [] : [target.parent, ...mergeParents(merged)];
  return {
    type: 'checkin',
    comment: input.comment,
    date: commitTime(checkout, parents),
    files: input.files,
    parents: parents.map((rid) => checkout.repository.blobs.hash(rid)),
    cherrypicks: cherrypicks(checkout, merged),
    ...(input.checksum === undefined ? {} : { filesChecksum: input.checksum }),
    tags: tagCards(checkout, target, merged),
    user: input.user,
  };
}

/** Private check-ins are not mentioned in public ones; merging a version with itself says nothing. */
function isMentioned(checkout: Checkout, target: CommitTarget, rid: Rid): boolean {
  return rid !== target.parent && (target.isPrivate || !checkout.repository.blobs.isPrivate(rid));
}

function mergeParents(merged: readonly MergedCheckin[]): Rid[] {
  return [...new Set(merged.filter(({ kind }) => kind === 0 || kind < -2).map(({ rid }) => rid))];
}

function cherrypicks(checkout: Checkout, merged: readonly MergedCheckin[]): CherrypickCard[] {
  return merged
    .filter(({ kind }) => kind === -1 || kind === -2)
    .map(({ kind, rid }): CherrypickCard => ({
      sign: kind === -1 ? '+' : '-',
      hash: checkout.repository.blobs.hash(rid),
    }))
    .sort((a, b) => compareBytes(a.sign + a.hash, b.sign + b.hash));
}

function tagCards(checkout: Checkout, target: CommitTarget, merged: readonly MergedCheckin[]): TagCard[] {
  const { repository } = checkout;
  const tags: TagCard[] = [];
  if (target.newBranch !== undefined) {
    tags.push({ sign: '*', name: 'branch', target: '*', value: target.newBranch });
    tags.push({ sign: '*', name: `sym-${target.newBranch}`, target: '*' });
    for (const name of propagatingNames(checkout, target)) tags.push({ sign: '-', name, target: '*' });
  }
  for (const { kind, rid } of merged) {
    if (kind !== -4 || !isLeaf(repository, rid) || isClosed(repository, rid)) continue;
    tags.push({ sign: '+', name: 'closed', target: repository.blobs.hash(rid) });
  }
  return tags.sort((a, b) => compareBytes(a.sign + a.name, b.sign + b.name) || compareBytes(a.target, b.target));
}

/** Symbolic names that the parent would hand down and that a new branch does not want. */
function propagatingNames(checkout: Checkout, { parent, newBranch }: CommitTarget): string[] {
  return checkout.repository.db
    .prepare(
      `SELECT tagname FROM main.tagxref JOIN main.tag USING(tagid)
        WHERE rid=? AND tagtype=2 AND tagname GLOB 'sym-*' AND tagname<>'sym-'||?`,
    )
    .all<{ tagname: string }>(parent, newBranch ?? '')
    .map((row) => row.tagname);
}

/** Only where the project has delta manifests already: older versions of Fossil cannot read them. */
function allowsDelta(checkout: Checkout): boolean {
  return (
    unversionedFlag(checkout, 'seen-delta-manifest', false) &&
    !unversionedFlag(checkout, 'forbid-delta-manifests', false)
  );
}

/** @returns the check-in against its parent's baseline, or undefined when that saves too little */
function asDelta(checkout: Checkout, parent: Rid, complete: Checkin): Checkin | undefined {
  const { checkins, blobs } = checkout.repository;
  const parentCheckin = parent === 0 ? undefined : checkins.checkin(parent);
  if (parentCheckin === undefined) return undefined;
  const baseline: Hash = parentCheckin.baseline ?? blobs.hash(parent);
  const baselineRid = blobs.rid(baseline);
  const baselineFiles = baselineRid === undefined ? undefined : checkins.checkin(baselineRid)?.files;
  if (baselineFiles === undefined) return undefined;
  const files = differences(baselineFiles, complete.files);
  const cards = files.length + 1;
  return cards * cards < 3 * complete.files.length - 9 ? { ...complete, baseline, files } : undefined;
}

function differences(baseline: readonly FileCard[], files: readonly FileCard[]): FileCard[] {
  const before = new Map(baseline.map((card) => [card.name, card]));
  const now = new Set(files.map((card) => card.name));
  const changed = files.filter((card) => {
    const old = before.get(card.name);
    return old?.hash !== card.hash || old?.permission !== card.permission || card.formerName !== undefined;
  });
  const gone = baseline.filter((card) => !now.has(card.name));
  return [...changed, ...gone.map(({ name }): FileCard => ({ name, permission: 'regular' }))].sort((a, b) =>
    compareBytes(a.name, b.name),
  );
}
