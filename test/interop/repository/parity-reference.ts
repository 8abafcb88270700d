import { rmSync } from 'node:fs';
import { corpusPath } from '../../support/corpus';
import { derivedTables, type DerivedTable, type DerivedTables } from '../../support/derived-tables';
import { GENERATED_KINDS, generatedRepository, type GeneratedKind } from '../../support/every-artifact/generated';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { startFossilServer } from '../../support/fossil-server';
import { copyOf } from './repository-copies';

/** A repository in which the engine must agree with `fossil`. */
export interface ParitySubject {
  name: string;
  /** @returns undefined where the corpus is absent */
  file(): Promise<string | undefined>;
  /** Tables that have rows in a clone of it, without which nothing would be compared. */
  clonedTables: readonly DerivedTable[];
}

const CHECKIN_TABLES = [
  'event',
  'plink',
  'mlink',
  'tagxref',
  'tag',
  'leaf',
  'unclustered',
  'filename',
  'blob',
] as const;

const GENERATED_TABLES: Readonly<Record<GeneratedKind, readonly DerivedTable[]>> = {
  'every artifact': [
    ...CHECKIN_TABLES,
    ...(['backlink', 'cherrypick', 'attachment', 'phantom', 'orphan', 'ticket', 'ticketchng', 'forumpost'] as const),
  ],
  'ticket tables of its own': [...CHECKIN_TABLES, 'backlink', 'ticket', 'ticketchng'],
  'a ticket table without changes': [...CHECKIN_TABLES, 'backlink', 'ticket'],
};

export const GENERATED_SUBJECTS: readonly ParitySubject[] = GENERATED_KINDS.map((kind) => ({
  name: kind,
  file: () => generatedRepository(kind),
  clonedTables: GENERATED_TABLES[kind],
}));

export function corpusSubject(name: string): ParitySubject {
  return { name, file: () => Promise.resolve(corpusPath(name)), clonedTables: CHECKIN_TABLES };
}

/** What `fossil` makes of a subject. */
export interface ParityReference {
  source: string;
  /** Of its clone, as it is. */
  cloned: DerivedTables;
  /** Of its clone, rebuilt. */
  rebuilt: DerivedTables;
  /** Of the source itself, as it grew. */
  grown: DerivedTables;
  /** Of the source, rebuilt. */
  sourceRebuilt: DerivedTables;
}

const references = new Map<string, Promise<ParityReference>>();

/** Asks `fossil` once in a process. */
export function referenceOf(subject: ParitySubject, source: string): Promise<ParityReference> {
  const known = references.get(subject.name) ?? askFossil(source);
  references.set(subject.name, known);
  return known;
}

async function askFossil(source: string): Promise<ParityReference> {
  const sandbox = await FossilSandbox.create();
  process.once('exit', () => rmSync(sandbox.directory, { recursive: true, force: true }));
  const served = await copyOf(source, sandbox.path('served.fossil'));
  const grown = await derivedTables(served);
  const clone = sandbox.path('clone.fossil');
  const server = await startFossilServer(served);
  try {
    await sandbox.fossil(['clone', server.url, clone]);
  } finally {
    await server.stop();
  }
  const cloned = await derivedTables(clone);
  return {
    source,
    cloned,
    grown,
    rebuilt: await rebuiltTables(sandbox, clone),
    sourceRebuilt: await rebuiltTables(sandbox, served),
  };
}

/** Lets `fossil` derive the tables of a repository anew, in place. */
export async function rebuiltTables(sandbox: FossilSandbox, file: string): Promise<DerivedTables> {
  await sandbox.fossil(['rebuild', file]);
  return derivedTables(file);
}
