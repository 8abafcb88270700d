import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import initSqlJs from 'sql.js';
import { unpackContainer } from '../../src/engine/codec/container';
import { applyDelta } from '../../src/engine/codec/delta-apply';
import { nodeZlib } from '../../src/engine/platform/zlib-node';

/** An artifact as a repository stores it, expanded. */
export interface CorpusArtifact {
  rid: number;
  name: string;
  content: Uint8Array;
  /** Where it is stored as a delta: that delta and the content of its source. */
  delta?: { bytes: Uint8Array; source: Uint8Array };
}

/** @returns the path of a corpus repository, undefined where it is absent; `TRILOBITE_CORPUS` names another directory */
export function corpusPath(name: string): string | undefined {
  const directory = process.env['TRILOBITE_CORPUS'] ?? resolve(__dirname, '../../../shared/corpus');
  const path = join(directory, name);
  return existsSync(path) ? path : undefined;
}

/** A repository read into memory, so that its file is never touched. */
export class Corpus {
  private constructor(private readonly database: initSqlJs.Database) {}

  static async open(path: string): Promise<Corpus> {
    const sql = await initSqlJs();
    return new Corpus(new sql.Database(readFileSync(path)));
  }

  /** @returns the rows of a query */
  rows(query: string): initSqlJs.SqlValue[][] {
    return this.database.exec(query)[0]?.values ?? [];
  }

  /** Every artifact, expanded from full texts outwards along their deltas, a few in memory at a time. */
  *artifacts(): Generator<CorpusArtifact> {
    const dependants = new Map<number, number[]>();
    for (const [rid, source] of this.rows('SELECT rid, srcid FROM delta')) {
      const siblings = dependants.get(Number(source));
      if (siblings) siblings.push(Number(rid));
      else dependants.set(Number(source), [Number(rid)]);
    }
    const blob = this.database.prepare('SELECT uuid, content FROM blob WHERE rid=?');
    const stored = (rid: number): { name: string; bytes: Uint8Array } => {
      const [name, container] = blob.get([rid]);
      return { name: String(name), bytes: unpackContainer(nodeZlib, container as Uint8Array) };
    };
    for (const [root] of this.rows('SELECT rid FROM blob WHERE size>=0 AND rid NOT IN (SELECT rid FROM delta)')) {
      const { name, bytes } = stored(Number(root));
      const waiting: CorpusArtifact[] = [{ rid: Number(root), name, content: bytes }];
      for (let source = waiting.pop(); source; source = waiting.pop()) {
        yield source;
        for (const rid of dependants.get(source.rid) ?? []) {
          const { name, bytes } = stored(rid);
          const content = applyDelta(source.content, bytes);
          waiting.push({ rid, name, content, delta: { bytes, source: source.content } });
        }
      }
    }
    blob.free();
  }

  close(): void {
    this.database.close();
  }
}
