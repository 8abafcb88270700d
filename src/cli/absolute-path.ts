import * as path from 'node:path';
import type { Terminal } from './terminal';

/**
 * What a name given to a command stands for. Where the command was started counts only for a relative one.
 * @throws EngineError `file-missing` for a relative name where that folder is gone
 */
export function absolutePath(terminal: Pick<Terminal, 'directory'>, name: string): string {
  return path.isAbsolute(name) ? path.resolve(name) : path.resolve(terminal.directory, name);
}
