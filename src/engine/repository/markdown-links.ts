/** Finds the inline hyperlinks of Markdown text. @returns each target as it stands there */
export function* findMarkdownLinks(text: string): Generator<string> {
  for (const match of text.matchAll(/\]\(([^)]*)\)/g)) yield match[1] ?? '';
}
