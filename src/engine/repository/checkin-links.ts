import type { Rid } from '../identifiers';
import type { Repository } from './repository';

/** After so many look-ups, reading all links at once is cheaper than going on one by one. */
const LOOKUPS = 100;

interface Links {
  parents: Map<Rid, Rid[]>;
  children: Map<Rid, Rid[]>;
}

/** Parents and children of check-ins, for walks that may be short or go through the whole history. */
export class CheckinLinks {
  readonly #repository: Repository;
  readonly #condition: string;
  #lookups = 0;
  #all: Links | undefined;

  /** @param options.primaryOnly - leave merges out */
  constructor(repository: Repository, options: { primaryOnly: boolean }) {
    this.#repository = repository;
    this.#condition = options.primaryOnly ? 'isprim' : '1';
  }

  /** In ascending order of row ids. */
  parents(rid: Rid): readonly Rid[] {
    return this.#find('parents', rid, 'SELECT pid AS rid FROM plink WHERE cid=? AND');
  }

  /** In ascending order of row ids. */
  children(rid: Rid): readonly Rid[] {
    return this.#find('children', rid, 'SELECT cid AS rid FROM plink WHERE pid=? AND');
  }

  #find(kind: keyof Links, rid: Rid, sql: string): readonly Rid[] {
    if (this.#all === undefined && this.#lookups++ > LOOKUPS) this.#all = this.#readAll();
    if (this.#all !== undefined) return this.#all[kind].get(rid) ?? [];
    return this.#repository.db
      .prepare(`${sql} ${this.#condition} ORDER BY 1`)
      .all<{ rid: Rid }>(rid)
      .map((row) => row.rid);
  }

  #readAll(): Links {
    const links: Links = { parents: new Map(), children: new Map() };
    const rows = this.#repository.db
      .prepare(`SELECT pid, cid FROM plink WHERE ${this.#condition} ORDER BY pid, cid`)
      .all<{ pid: Rid; cid: Rid }>();
    for (const { pid, cid } of rows) {
      append(links.parents, cid, pid);
      append(links.children, pid, cid);
    }
    return links;
  }
}

function append(links: Map<Rid, Rid[]>, from: Rid, to: Rid): void {
  const known = links.get(from);
  if (known === undefined) links.set(from, [to]);
  else known.push(to);
}
