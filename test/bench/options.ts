import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Of each side. */
  runs: number;
  /** A row is run when its title holds all of these words; none: every row. */
  only: string[];
  /** Of the large history: 1 has 20,700 check-ins. */
  scale: number;
  seed: number;
}

export const USAGE =
  'npm run bench -- [--runs 5] [--only "clone large"] [--scale 1] [--seed 1]\n' +
  'A row is run when its title holds all words of --only: clone, rebuild, verify; automerge, large; native, fallback, portable;\n' +
  'sync (without changes, pull, push) and estimate (clone, pull, push, unversioned; 400, 2500; stock, own) are run when they are named.';

/** @throws Error with the usage when an argument makes no sense */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
    },
  });
  const options = {
    runs: Number(values.runs),
    only: values.only.split(/[\s,]+/).filter((word) => word !== ''),
    scale: Number(values.scale),
    seed: Number(values.seed),
  };
  if (!(options.runs >= 1 && options.scale > 0 && Number.isInteger(options.seed))) throw new Error(USAGE);
  return options;
}
