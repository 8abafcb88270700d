import { launch, type LaunchOptions } from './launcher';

/**
 * Runs the oracle, the `fossil` binary.
 *
 * @returns what it wrote on its standard output
 * @throws Error with all that it wrote, when it does not end with 0
 */
export async function runFossil(args: readonly string[], options: LaunchOptions): Promise<Buffer> {
  const { code, stdout, stderr } = await launch('fossil', args, options);
  if (code === 0) return stdout;
  if (code === 127) throw new Error('Cannot run fossil: install it (apt-get install fossil)');
  throw new Error(`fossil ${args.join(' ')} ended with ${code}\n${Buffer.concat([stdout, stderr]).toString('utf8')}`);
}
