import { serverText } from '../xfer/server-text';

/** What an error page says, for a sentence: tags, scripts and styles removed, shortened. */
export function pageText(page: string): string {
  const text = page
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(lt|gt|quot|amp|nbsp|#39);/g, (entity) => ENTITIES[entity] ?? ' ');
  return serverText(text);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
  '&#39;': "'",
};
