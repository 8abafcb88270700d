import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as esbuild from 'esbuild';
import { findProgram } from './find-program';
import { nodeBinary } from './node-binary';
import { installNpmDependencies, installNpmPackages } from './npm-cache';
import { installOnce } from './tool-cache';

/** Which of the two VS Codes: the newest known to work, or the oldest that the extension supports. */
export type HostName = 'newest' | 'oldest';

/** An installed VS Code server. */
export interface VscodeHost {
  readonly name: HostName;
  /** VS Code's version, for example `1.139.1`. */
  readonly version: string;
  /** The absolute path of the Node that runs it. */
  readonly node: string;
  /** The absolute path of VS Code's server-main.js. */
  readonly serverMain: string;
}

interface HostRecipe {
  readonly codeServer: string;
  readonly vscode: string;
  /** The major version of Node that this server needs. */
  readonly nodeMajor: number;
  /** What comes from npm when the running Node is of another major version. */
  readonly nodeVersion: string;
}

const recipes: Readonly<Record<HostName, HostRecipe>> = {
  newest: { codeServer: '4.139.1', vscode: '1.139.1', nodeMajor: 24, nodeVersion: '24.21.0' },
  oldest: { codeServer: '4.100.3', vscode: '1.100.3', nodeMajor: 20, nodeVersion: '20.20.2' },
};

/** Parts of VS Code that no test and no demo uses; relative to the server's folder. */
const unused = [
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'extensions/microsoft-authentication',
  'node_modules/@github',
  'node_modules/@vscode/windows-process-tree',
  'node_modules/@vscode/windows-registry',
];

/**
 * Installs a VS Code server (the npm package `code-server` carries one) into the tool cache, unless it is there.
 *
 * @throws Error with npm's output when it cannot be fetched
 */
export async function installVscodeHost(name: HostName): Promise<VscodeHost> {
  const recipe = recipes[name];
  const node = await hostNode(recipe);
  const directory = await installOnce(path.join('hosts', `vscode-${recipe.vscode}`), async (partial) => {
    console.log(`Installing VS Code ${recipe.vscode} from npm (code-server ${recipe.codeServer})`);
    await installNpmPackages(partial, [`code-server@${recipe.codeServer}`]);
    const server = path.join(partial, 'server');
    await fs.rename(path.join(partial, 'node_modules', 'code-server', 'lib', 'vscode'), server);
    // The rest is code-server's own wrapper, which is not used.
    await fs.rm(path.join(partial, 'node_modules'), { recursive: true });
    await installNpmDependencies(server);
    await prune(server);
    await linkRipgrep(server);
  });
  await substituteLogger(path.join(directory, 'server'));
  return { name, version: recipe.vscode, node, serverMain: path.join(directory, 'server', 'out', 'server-main.js') };
}

async function hostNode(recipe: HostRecipe): Promise<string> {
  return Number(process.versions.node.split('.')[0]) === recipe.nodeMajor
    ? process.execPath
    : nodeBinary(recipe.nodeVersion);
}

async function prune(server: string): Promise<void> {
  for (const part of unused) {
    await fs.rm(path.join(server, part), { recursive: true, force: true });
  }
  for (const file of await fs.readdir(server, { recursive: true })) {
    if (file.endsWith('.map')) {
      await fs.rm(path.join(server, file));
    }
  }
}

/** The older `@vscode/ripgrep` fetches its binary in an install script, which does not run here; findFiles needs it. */
async function linkRipgrep(server: string): Promise<void> {
  const ripgrepPackage = path.join(server, 'node_modules', '@vscode', 'ripgrep');
  const isOlderKind = await fs.access(ripgrepPackage).then(
    () => true,
    () => false,
  );
  if (!isOlderKind) {
    return;
  }
  const ripgrep = await findProgram('rg');
  if (ripgrep === undefined) {
    throw new Error('There is no rg on PATH. Install it: apt-get install ripgrep');
  }
  await fs.mkdir(path.join(ripgrepPackage, 'bin'), { recursive: true });
  await fs.symlink(ripgrep, path.join(ripgrepPackage, 'bin', 'rg'));
}

/** VS Code's logger has to be compiled, which does not happen here: without it every log in the window stays empty. */
async function substituteLogger(server: string): Promise<void> {
  const file = path.join(server, 'node_modules', '@vscode', 'spdlog', 'index.js');
  const source = await fs.readFile(path.join(__dirname, 'spdlog-substitute.ts'), 'utf8');
  const { code } = await esbuild.transform(source, { loader: 'ts', format: 'cjs', platform: 'node', target: 'node20' });
  // Another server may be reading it.
  if ((await fs.readFile(file, 'utf8')) !== code) await fs.writeFile(file, code);
}
