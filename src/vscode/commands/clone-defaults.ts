import { EngineError } from '../../engine/errors';
import { authorityOf, parseRemote } from '../../engine/xfer/remote';

/** @returns a sentence about what is wrong with the address of a server, or undefined when it can be tried */
export function urlProblem(url: string): string | undefined {
  try {
    parseRemote(url);
    return undefined;
  } catch (error) {
    return error instanceof EngineError ? error.message : String(error);
  }
}

/** A file name for a clone: the last part of the address that says something, such as `sqlite` in `https://sqlite.org/sqlite/`. */
export function repositoryName(url: string): string {
  const remote = parseRemote(url);
  const last = remote.path
    .split(/[/\\]/)
    .filter((part) => part !== '')
    .at(-1);
  const name = decodeURIComponentOr(last ?? authorityOf(remote).replace(/:\d+$/, ''))
    .replace(/\.(fossil|fsl|cgi)$/i, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'repository' : name;
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
