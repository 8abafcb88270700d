import { formatArtifact } from '../artifact/format';
import type { TagCard } from '../artifact/types';
import type { Hash, Rid } from '../identifiers';
import { CrosslinkSession } from './crosslink-session';
import type { Repository } from './repository';
import { setting } from './settings';

/** The name of the branch that the project began with (fossil.md 8.4). */
export function mainBranch(repository: Repository): string {
  return setting(repository, 'main-branch') ?? 'trunk';
}

/**
 * Tags the first check-in of a project whose main branch no tag names, as very old ones have it (fossil.md 5.6, Rebuild algorithm): two
 * control artifacts. In the caller's transaction.
 */
export function tagMainBranch(repository: Repository, user: string): void {
  const { db, blobs } = repository;
  const branch = mainBranch(repository);
  if (db.prepare('SELECT 1 FROM tag WHERE tagname=?').get(`sym-${branch}`) !== undefined) return;
  const root = db
    .prepare('SELECT pid FROM plink AS x WHERE NOT EXISTS(SELECT 1 FROM plink WHERE cid=x.pid) LIMIT 1')
    .get<{ pid: Rid }>()?.pid;
  // 0: the first check-in is shunned.
  if (root === undefined || root === 0) return;
  const target = blobs.hash(root);
  addControl(repository, { sign: '*', name: `sym-${branch}`, target }, user);
  addControl(repository, { sign: '*', name: 'branch', target, value: branch }, user);
}

function addControl(repository: Repository, tag: TagCard & { target: Hash }, user: string): void {
  const { blobs, environment } = repository;
  const date = environment.clock.now();
  const content = formatArtifact({ type: 'control', date, tags: [tag], user }, environment.hash);
  const { rid } = blobs.put(content, { isUnsent: true });
  const session = new CrosslinkSession(repository, { isBulk: false });
  session.crosslink(rid, content);
  session.end();
}
