import { lowerAscii } from '../codec/ascii-case';

/** @returns the form in which labels of links and footnotes are compared; undefined of a blank one */
export function labelOf(text: string): string | undefined {
  const label = lowerAscii(text.replace(/[ \t\n]+/g, ' ').replace(/^ | $/g, ''));
  return label === '' ? undefined : label;
}
