import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { installOnce } from '../support/tool-cache';
import { largeHistory, type HistoryShape } from './large-history';

/** Part of the name in the cache; changes when the history of a shape does. */
const RECIPE = 1;

/**
 * The repository that `fossil import` makes of a large history. Made once for each shape and kept.
 *
 * @returns its path, for reading and copying alone
 */
export async function largeRepository(shape: HistoryShape): Promise<string> {
  const name = `large-${RECIPE}-${shape.seed}-${shape.checkins}-${shape.files}`;
  const directory = await installOnce(path.join('bench', name), async (partial) => {
    await importHistory(shape, path.join(partial, 'large.fossil'));
  });
  return path.join(directory, 'large.fossil');
}

async function importHistory(shape: HistoryShape, file: string): Promise<void> {
  const child = spawn('fossil', ['import', '--git', '--quiet', '--admin-user', 'bench', file], {
    env: { PATH: process.env['PATH'], HOME: path.dirname(file), USER: 'bench' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code] = await Promise.all([ended, pipeline(Readable.from(largeHistory(shape)), child.stdin)]);
  if (code !== 0) throw new Error(`fossil import ended with ${String(code)}: ${complaints}`);
}
