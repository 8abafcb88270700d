import type { Technote, Wiki } from '../artifact/types';
import { pageLength } from './page-text';

/** A version of a page or technote as the tables tell of it: by the length of its text alone. */
export type PageFacts<Page extends Wiki | Technote = Wiki | Technote> = Page extends unknown
  ? Omit<Page, 'text'> & { length: number }
  : never;

export function wikiFacts({ text, ...wiki }: Wiki): PageFacts<Wiki> {
  return { ...wiki, length: pageLength(text) };
}

export function technoteFacts({ text, ...note }: Technote): PageFacts<Technote> {
  return { ...note, length: pageLength(text) };
}
