import type { Contest } from './contest';

/** A repository to work on, served by `fossil`. */
export interface Subject {
  name: 'automerge' | 'large';
  file: string;
  url: string;
}

/** Loaded before our program: the runtime has no SHA-3, as Electron's. Worker threads load it too. */
const WITHOUT_SHA3 = `data:text/javascript,${encodeURIComponent(`
  import crypto from 'node:crypto';
  import { syncBuiltinESMExports } from 'node:module';
  const original = crypto.createHash;
  crypto.createHash = (algorithm, options) => {
    if (algorithm === 'sha3-256') throw new Error('Digest method not supported');
    return original(algorithm, options);
  };
  syncBuiltinESMExports();
`)}`;

/** How our program is run. The fallback may take half as long again; of the portable driver only the figures are told. */
const VARIANTS = [
  { name: 'native', node: [], options: [], slack: 1 },
  { name: 'fallback', node: ['--import', WITHOUT_SHA3], options: [], slack: 1.5 },
  { name: 'portable', node: [], options: ['--driver', 'portable', '--portable-writes'], slack: undefined },
] as const;

const GOALS = {
  clone: { automerge: 1, large: 0.7 },
  rebuild: { automerge: 1.5, large: 1 },
  verify: { automerge: 1, large: 0.7 },
} as const;

/**
 * Every row of the table.
 * @param node - the program that runs our bundle `cli`
 */
export function contestsOf(subjects: readonly Subject[], node: string, cli: string): Contest[] {
  return subjects.flatMap((subject) =>
    VARIANTS.flatMap((variant) => {
      const ours = (verb: string, ...args: string[]): string[] => [
        ...[node, ...variant.node, cli, verb],
        ...[...variant.options, ...args],
      ];
      const row = (work: keyof typeof GOALS): { title: string; goal?: number } => ({
        title: `${work} ${subject.name}, ${variant.name}`,
        ...(variant.slack === undefined ? {} : { goal: GOALS[work][subject.name] * variant.slack }),
      });
      const contests: Contest[] = [
        {
          ...row('clone'),
          ours: ours('clone', subject.url, 'ours.fossil'),
          theirs: ['fossil', 'clone', subject.url, 'theirs.fossil'],
          makes: ['ours.fossil', 'ours.fossil.trilobite-partial', 'theirs.fossil'],
        },
        {
          ...row('rebuild'),
          ours: ours('rebuild', 'ours.fossil'),
          theirs: ['fossil', 'rebuild', 'theirs.fossil'],
          rewrites: [{ original: subject.file, copies: ['ours.fossil', 'theirs.fossil'] }],
        },
        {
          ...row('verify'),
          ours: ours('verify', subject.file),
          theirs: ['fossil', 'test-integrity', '--quiet', '-R', subject.file],
        },
      ];
      return contests;
    }),
  );
}
