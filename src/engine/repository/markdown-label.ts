/** @returns the form in which labels of links and footnotes are compared; undefined of a blank one */
export function labelOf(text: string): string | undefined {
  const label = text
    .replace(/[ \t\n]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  return label === '' ? undefined : label;
}
