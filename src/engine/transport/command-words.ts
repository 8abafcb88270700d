interface Machine {
  homeDirectory: string;
  platform: 'posix' | 'win32';
}

/** Words as a shell sees them: quotes, backslashes (but on Windows, where they are in paths), `~/` in front. */
export function wordsOf(command: string, { homeDirectory, platform }: Machine): string[] {
  const words: string[] = [];
  const pattern = platform === 'win32' ? /(?:"[^"]*"|[^\s"])+/g : /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/gs;
  for (const [text] of command.matchAll(pattern)) {
    const word =
      platform === 'win32'
        ? text.replaceAll('"', '')
        : text.replace(
            /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
            (_, single?: string, double?: string, escaped?: string) =>
              single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
          );
    words.push(text.startsWith('~/') ? homeDirectory + word.slice(1) : word);
  }
  return words;
}
