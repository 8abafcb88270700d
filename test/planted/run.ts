import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { projectDirectory } from '../support/tool-cache';

/** A bug on purpose: texts of source files become others, and these tests must notice. */
interface PlantedBug {
  name: string;
  /** What stands where, and what shall. */
  changes: readonly (readonly [file: string, from: string, to: string])[];
  tests: string[];
}

const SIMULATION = ['test/simulation/simulation.test.ts'];

const NAMES = 'src/engine/codec/artifact-name.ts';
const HASH_CHECK_OFF = [
  NAMES,
  'if (hashing.hex(algorithm, content) === hash) return true;',
  'if (hashing.hex(algorithm, content) !== "") return true;',
] as const;

const BUGS: readonly PlantedBug[] = [
  {
    name: 'hash check off',
    changes: [HASH_CHECK_OFF],
    tests: ['test/interop/xfer/clone.test.ts'],
  },
  {
    name: 'hash check off, in a simulation',
    changes: [
      HASH_CHECK_OFF,
      [
        NAMES,
        'return newNameOf(hashing, content, algorithmOf(hash)) === hash;',
        'return algorithmOf(hash) !== undefined;',
      ],
      ['src/engine/xfer/apply-received.ts', 'names[index] !== hash', 'names[index] === ""'],
    ],
    tests: SIMULATION,
  },
  {
    name: 'unsent cleared before the reply, in a simulation',
    changes: [
      [
        'src/engine/xfer/push-side.ts',
        '    this.#sent.add(rid);\n',
        '    this.#sent.add(rid);\n    this.#removeUnsent([{ rid, hash: this.#repository.blobs.hash(rid) }]);\n',
      ],
    ],
    tests: SIMULATION,
  },
  {
    name: 'private filter off, in a simulation',
    changes: [
      [
        'src/engine/xfer/server-clone.ts',
        "new Set(rids('SELECT rid FROM private JOIN blob USING(rid) WHERE size>=0'));",
        'new Set<Rid>();',
      ],
    ],
    tests: SIMULATION,
  },
  {
    name: 'phantom forgotten, in a simulation',
    changes: [
      [
        'src/engine/repository/blob-store.ts',
        "    this.#db.prepare('INSERT OR IGNORE INTO phantom VALUES(?)').run(rid);\n    this.#markNew(",
        '    this.#markNew(',
      ],
    ],
    tests: SIMULATION,
  },
  {
    name: 'replay accepted, in a simulation',
    changes: [['src/engine/xfer/server-login.ts', '    this.nonce = card.nonce;\n', '    this.nonce = undefined;\n']],
    tests: SIMULATION,
  },
  {
    name: 'a part of a push ends before all of it is linked, in a simulation',
    changes: [
      [
        'src/engine/xfer/server-intake.ts',
        '    this.finish();\n    this.#session = undefined;\n',
        '    this.#session = undefined;\n',
      ],
    ],
    tests: SIMULATION,
  },
  {
    name: 'tags propagate across merges',
    changes: [['src/engine/repository/tags.ts', 'WHERE pid=? AND isprim ORDER BY', 'WHERE pid=? ORDER BY']],
    tests: ['test/interop/repository/crosslink-tags.test.ts'],
  },
];

/**
 * `npm run planted`: puts one bug at a time into a copy of the source and runs the tests that should notice, with the running Node, until one
 * fails. Ends with 1 when none of them does, or when a bug cannot be planted any more. `npm run planted -- simulation` takes those alone
 * whose name holds that word.
 */
async function main(): Promise<void> {
  const [word = ''] = process.argv.slice(2);
  for (const bug of BUGS.filter(({ name }) => name.includes(word))) {
    const copy = await fs.mkdtemp(path.join(os.tmpdir(), 'trilobite-planted-'));
    try {
      await plant(bug, copy);
      const failed = await failedTests(bug.tests, copy);
      if (failed.length === 0) process.exitCode = 1;
      console.log(`${bug.name}: ${failed.length === 0 ? 'NO TEST FAILED' : 'noticed by'}`);
      for (const title of failed) console.log(`  ${title}`);
    } finally {
      await fs.rm(copy, { recursive: true, force: true });
    }
  }
}

async function plant({ name, changes }: PlantedBug, copy: string): Promise<void> {
  for (const entry of ['src', 'test', 'package.json', 'tsconfig.json']) {
    await fs.cp(path.join(projectDirectory, entry), path.join(copy, entry), { recursive: true });
  }
  await fs.symlink(path.join(projectDirectory, 'node_modules'), path.join(copy, 'node_modules'));
  for (const [file, from, to] of changes) {
    const text = await fs.readFile(path.join(copy, file), 'utf8');
    const places = text.split(from).length - 1;
    if (places !== 1)
      throw new Error(`${name}: ${file} holds what is to be changed ${places} times. Write the bug anew.`);
    await fs.writeFile(
      path.join(copy, file),
      text.replace(from, () => to),
    );
  }
}

/** Mocha's report, as far as it is read. */
interface Failures {
  failures: { fullTitle: string; err: { message: string } }[];
}

/** @returns full titles, each with the first line of what was wrong */
function failedTests(tests: readonly string[], copy: string): Promise<string[]> {
  const args = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--require',
    'tsx/cjs',
    '--timeout',
    '60000',
    '--bail',
  ];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args, '--reporter', 'json', ...tests],
      { cwd: copy, env: { ...process.env, TRILOBITE_CORPUS: path.join(copy, 'none') }, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const start = stdout.indexOf('{\n  "stats"');
        if (start < 0) {
          reject(new Error(`The tests did not run: ${stderr}`, { cause: error }));
          return;
        }
        const { failures } = JSON.parse(stdout.slice(start)) as Failures;
        resolve(failures.map(({ fullTitle, err }) => `${fullTitle}\n    ${err.message.split('\n')[0] ?? ''}`));
      },
    );
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
