import { authorityOf, parseRemote } from '../xfer/remote';

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
