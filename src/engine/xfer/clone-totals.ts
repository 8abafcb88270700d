import { packContainer } from '../codec/container';
import type { Rid } from '../identifiers';
import type { Repository } from '../repository/repository';
import { CARD_SIZES } from './clone-range';
import type { ToldTotals } from './clone-forecast';
import { specialArtifacts } from './server-clone';

/**
 * What a clone without private content still brings: the cards that `writeCloneArtifacts` will write.
 * @param sequence - first rid that is to come
 * @param dangling - artifacts that nobody can read yet
 */
export function cloneTotals(repository: Repository, sequence: number, dangling: ReadonlySet<Rid>): ToldTotals {
  const { blobs, db, environment } = repository;
  const count = db.prepare(`SELECT count(*) AS artifacts, coalesce(sum(bytes), 0) AS bytes FROM (${CARD_SIZES})`);
  const last = db.prepare('SELECT coalesce(max(rid), 0) AS rid FROM blob').get<{ rid: Rid }>()?.rid ?? 0;
  const totals = { artifacts: 0, bytes: 0, ...count.get<ToldTotals>(sequence, last) };
  for (const [rid, treatment] of specialArtifacts(repository, { dangling, withPrivate: false, takesSha3: true })) {
    const stored = rid < sequence ? undefined : count.get<ToldTotals>(rid, rid);
    if (stored === undefined || stored.artifacts === 0) continue;
    totals.bytes -= stored.bytes;
    if (treatment !== 'expanded') totals.artifacts--;
    else {
      const content = blobs.content(rid);
      const { length } = packContainer(environment.zlib, content);
      totals.bytes += `cfile ${blobs.hash(rid)} ${content.length} ${length}\n`.length + length + 1;
    }
  }
  return totals;
}
