import { hasCode } from '../errors';
import type { Hash, Rid } from '../identifiers';
import type { Environment } from '../platform/environment';
import { type ArtifactFacts, artifactFacts } from '../repository/artifact-facts';
import type { Repository } from '../repository/repository';
import { type EventType, findNamed, type NameOptions, resolveArtifact } from '../repository/version-names';
import { type HistorySource, readHistory } from './history-source';

/** An artifact's bytes. */
export interface ArtifactContent {
  hash: Hash;
  content: Uint8Array;
}

/** What a name means. */
export interface NameMeaning {
  name: string;
  /** When the name is that of a file outside: what its content is called in the repository. */
  contentHash?: Hash;
  /** None: nothing is called so. Several: it is the beginning of their hashes. */
  meanings: ArtifactFacts[];
}

/** The content of an artifact of any type (`fossil artifact`). @throws EngineError `unknown-version`, `ambiguous-version`, `artifact-missing` */
export function readArtifact(environment: Environment, source: HistorySource, name: string): Promise<ArtifactContent> {
  return readHistory(environment, source, ({ repository, current }) => {
    const rid = resolveArtifact(repository, name, nameOptions(current));
    return { hash: repository.blobs.hash(rid), content: repository.blobs.content(rid) };
  });
}

/** What names stand for and what role those artifacts play (`fossil whatis`). @param request.type - only such artifacts count */
export function explainNames(
  environment: Environment,
  source: HistorySource,
  request: { names: readonly string[]; type?: EventType },
): Promise<NameMeaning[]> {
  return readHistory(environment, source, ({ repository, current }) =>
    request.names.map((name) => ({
      name,
      meanings: meaningsOf(repository, name, nameOptions(current, request.type)).map((rid) =>
        artifactFacts(repository, rid),
      ),
    })),
  );
}

/** What role the artifacts play that hold given contents. */
export function explainContents(
  environment: Environment,
  source: HistorySource,
  contents: readonly { name: string; content: Uint8Array }[],
): Promise<NameMeaning[]> {
  return readHistory(environment, source, ({ repository }) =>
    contents.map(({ name, content }) => {
      const hash = repository.blobs.hashPolicy.nameFor(
        content,
        (candidate) => repository.blobs.rid(candidate) !== undefined,
      );
      const rid = repository.blobs.rid(hash);
      return { name, contentHash: hash, meanings: rid === undefined ? [] : [artifactFacts(repository, rid)] };
    }),
  );
}

function nameOptions(current: Rid | undefined, type?: EventType): NameOptions {
  return { ...(current === undefined ? {} : { current }), ...(type === undefined ? {} : { type }) };
}

function meaningsOf(repository: Repository, name: string, options: NameOptions): Rid[] {
  try {
    const rid = findNamed(repository, name, options);
    return rid === undefined ? [] : [rid];
  } catch (error) {
    if (!hasCode(error, 'ambiguous-version')) throw error;
    const prefix = name.toLowerCase();
    return repository.db
      .prepare('SELECT rid FROM blob WHERE uuid>=? AND uuid<? ORDER BY uuid')
      .all<{ rid: Rid }>(prefix, `${prefix}g`)
      .map(({ rid }) => rid);
  }
}
