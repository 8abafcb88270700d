import type { Command } from './command';

/**
 * Options as Fossil also takes them: long names behind a single hyphen, and values that begin with a negative number (`-n -5`, `--since "-2 days"`). What is behind `--`
 * stays as it is.
 * @returns the arguments in the form that `parseArgs` takes
 */
export function unifySpelling(args: readonly string[], options: Command['options']): string[] {
  const end = args.indexOf('--');
  const unified: string[] = [];
  for (const [at, arg] of args.entries()) {
    const previous = unified.at(-1);
    if (end >= 0 && at >= end) unified.push(arg);
    else if (/^-\d/.test(arg) && previous !== undefined && takesValue(previous, options)) {
      unified[unified.length - 1] = previous.startsWith('--') ? `${previous}=${arg}` : previous + arg;
    } else unified.push(isLongName(arg, options) ? `-${arg}` : arg);
  }
  return unified;
}

function isLongName(arg: string, options: Command['options']): boolean {
  const name = /^-([^-=][^=]+)(?:=.*)?$/s.exec(arg)?.[1];
  return name !== undefined && Object.hasOwn(options, name);
}

function takesValue(arg: string, options: Command['options']): boolean {
  if (arg.startsWith('--')) return options[arg.slice(2)]?.type === 'string';
  return Object.values(options).some(({ type, short }) => type === 'string' && arg === `-${short ?? ''}`);
}
