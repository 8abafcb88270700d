/** A text as one word of a command line for the user's shell, whatever is in it. */
export function shellWord(text: string, platform: 'posix' | 'win32'): string {
  if (platform === 'win32') return `"${text.replaceAll('"', '%22')}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
