import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';

/**
 * @param advice - what else the user can do
 * @throws EngineError `repository-exists` where something stands at `path`, be it a link that leads nowhere
 */
export async function requireFree({ fs }: Environment, path: string, advice: string): Promise<void> {
  if ((await fs.status(path, { followLinks: false })) === undefined) return;
  throw new EngineError('repository-exists', `${path} exists already. ${advice}`);
}
