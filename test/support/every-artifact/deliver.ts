import { writeFile } from 'node:fs/promises';
import type { FossilSandbox } from '../fossil-sandbox';
import type { ComposedArtifact } from './composer';

/**
 * Pushes artifacts into a repository through the server side of the real `fossil`, which checks their names and crosslinks them as they
 * come.
 * @throws Error with the reply when it refuses one
 */
export async function deliver(
  sandbox: FossilSandbox,
  repository: string,
  artifacts: readonly ComposedArtifact[],
): Promise<void> {
  const [project] = await sandbox.sql(repository, "SELECT value FROM config WHERE name='project-code';");
  const parts: (string | Uint8Array)[] = [
    'pragma client-version 22100 20230226 192424\n',
    `push ${'5'.repeat(40)} ${project ?? ''}\n`,
    'pragma send-private\n',
  ];
  for (const { hash, bytes, isPrivate } of artifacts) {
    if (isPrivate) parts.push('private\n');
    parts.push(`file ${hash} ${bytes.length}\n`, bytes);
  }
  const message = sandbox.path('push.xfer');
  await writeFile(message, Buffer.concat(parts.map((part) => Buffer.from(part))));
  const reply = await sandbox.fossil(['test-xfer', message, '-R', repository]);
  if (/^(error|message) /m.test(reply)) throw new Error(`fossil took not all of a push: ${reply}`);
}
