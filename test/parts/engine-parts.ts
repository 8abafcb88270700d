import * as fs from 'node:fs';
import * as path from 'node:path';
import { nodeBinary } from '../support/node-binary';
import { projectDirectory } from '../support/tool-cache';
import { mochaPart } from './mocha-part';
import type { Part } from './part';

/** The Nodes that the engine must work on: of VS Code before 1.101 (without node:sqlite), of VS Code 1.101, and a current one. */
const nodes = ['20.20.2', '22.15.1', '24.21.0'] as const;

/** The layers of tests without a window (src/DESIGN.md), and the Nodes that each runs on. */
const layers: readonly {
  readonly layer: string;
  readonly on: readonly (typeof nodes)[number][];
  /** Default: all of the layer. */
  readonly specs?: readonly string[];
}[] = [
  { layer: 'interop', on: ['20.20.2', '24.21.0'] },
  // What users do, on the Node that is between the two.
  { layer: 'interop', on: ['22.15.1'], specs: ['test/interop/{checkout,cli}/**/*.test.ts'] },
  { layer: 'conformance', on: nodes },
  { layer: 'unit', on: ['20.20.2', '24.21.0'] },
  { layer: 'simulation', on: ['20.20.2', '24.21.0'] },
];

/** The tests of the engine, its process and the command line: a part for each layer on each of its Nodes. */
export function engineParts(): Part[] {
  return layers
    .filter(({ layer }) => fs.existsSync(path.join(projectDirectory, 'test', layer)))
    .flatMap(({ layer, on, specs }) =>
      on.map((version) =>
        mochaPart({
          name: `${layer}-node${majorOf(version)}`,
          specs: specs ?? [`test/${layer}/**/*.test.ts`],
          node: async () => programOf(version),
          // The portable driver is the same on every Node, and the first of them has no other.
          env: layer === 'interop' ? { TRILOBITE_TEST_DRIVER: 'native' } : {},
        }),
      ),
    );
}

/** The running Node stands for its whole major version. */
async function programOf(version: string): Promise<string> {
  return majorOf(version) === majorOf(process.versions.node) ? process.execPath : nodeBinary(version);
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? version;
}
