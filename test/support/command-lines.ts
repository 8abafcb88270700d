import { readdirSync, readFileSync } from 'node:fs';

/** The arguments of a process and of all that it has started, and those have, as everybody on this computer can read them now. */
export function commandLinesUnder(pid: number): string[][] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: string[][] = [];
  for (let waiting = [pid]; waiting.length > 0;) {
    const [next = 0, ...rest] = waiting;
    const text = read(next, 'cmdline');
    if (text !== undefined) found.push(text.split('\0'));
    waiting = [...rest, ...(children.get(next) ?? [])];
  }
  return found;
}

function parentOf(pid: number): number | undefined {
  // The name of the program stands in parentheses, and may hold anything.
  const parent = /^.*\) \S (\d+)/s.exec(read(pid, 'stat') ?? '')?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** @returns undefined for a process that has ended meanwhile */
function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
