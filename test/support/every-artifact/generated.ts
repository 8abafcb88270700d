import { rmSync } from 'node:fs';
import { FossilSandbox } from '../fossil-sandbox';
import { makeEveryArtifact, makeTicketProject } from './project';

const MAKERS = {
  'every artifact': makeEveryArtifact,
  'ticket tables of its own': (sandbox: FossilSandbox, file: string, seed: number) =>
    makeTicketProject(sandbox, file, seed, 'withChanges'),
  'a ticket table without changes': (sandbox: FossilSandbox, file: string, seed: number) =>
    makeTicketProject(sandbox, file, seed, 'withoutChanges'),
} as const;

export type GeneratedKind = keyof typeof MAKERS;

export const GENERATED_KINDS = Object.keys(MAKERS) as GeneratedKind[];

const made = new Map<string, Promise<string>>();

/**
 * A repository of the generator, made once in a process and removed with it.
 * @returns its path, for reading, serving and copying alone
 */
export function generatedRepository(kind: GeneratedKind, seed = 1): Promise<string> {
  const key = `${kind} ${seed}`;
  const known = made.get(key) ?? make(kind, seed);
  made.set(key, known);
  return known;
}

async function make(kind: GeneratedKind, seed: number): Promise<string> {
  const sandbox = await FossilSandbox.create();
  process.once('exit', () => rmSync(sandbox.directory, { recursive: true, force: true }));
  const file = sandbox.path('generated.fossil');
  await MAKERS[kind](sandbox, file, seed);
  return file;
}
