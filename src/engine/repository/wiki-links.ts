import { ScanBudget, ScanExhausted } from './scan-budget';
import { parseWikiTag, tagLength } from './wiki-tag';

/**
 * Finds the hyperlinks of Fossil wiki text: `[target]` and `[target|label]`, but for those within `<nowiki>`, `<verbatim>` or a tag's
 * attributes. `<a href>` is none of them.
 *
 * @param isHtmlOnly - whether the project writes its wiki as HTML (setting `wiki-use-html`): then brackets count everywhere
 * @returns each target as it stands there. A text that would take for ever is searched as far as the budget reaches
 */
export function findWikiLinks(text: string, isHtmlOnly: boolean, budget = new ScanBudget()): readonly string[] {
  const targets: string[] = [];
  try {
    for (const target of wikiLinks(text, isHtmlOnly, budget)) targets.push(target);
  } catch (error) {
    if (!(error instanceof ScanExhausted)) throw error;
  }
  return targets;
}

function* wikiLinks(text: string, isHtmlOnly: boolean, budget: ScanBudget): Generator<string> {
  let isWiki = true;
  /** Whether what stands within `<verbatim>` had been wiki before it. */
  let verbatim: { wasWiki: boolean; hasId: boolean } | undefined;
  const interesting = isHtmlOnly ? /\[/g : /[<[]/g;
  let lastClosing = text.length;
  for (;;) {
    const at = interesting.exec(text)?.index;
    if (at === undefined) return;
    if (text[at] === '[') {
      if (!isWiki || at > lastClosing) continue;
      const end = text.indexOf(']', at);
      if (end === -1) {
        lastClosing = at;
        continue;
      }
      yield targetOf(text.slice(at + 1, end));
      interesting.lastIndex = end + 1;
      continue;
    }
    const length = tagLength(text, at);
    budget.spend(Math.abs(length));
    if (length <= 0) continue;
    const tag = parseWikiTag(text, at);
    if (verbatim !== undefined) {
      // Fossil compares the id with the whole rest of the text: where there is one, nothing ends what it began.
      if (tag.name !== 'verbatim' || !tag.isEnd || verbatim.hasId) continue;
      isWiki = verbatim.wasWiki;
      verbatim = undefined;
    } else if (tag.name === undefined) {
      continue;
    } else if (tag.name === 'nowiki') {
      isWiki = tag.isEnd;
    } else if (tag.name === 'verbatim' && !tag.isEnd) {
      const hasId = tag.attributes.some(({ name }) => name === 'id') && tag.attributes[0]?.hasValue === true;
      verbatim = { wasWiki: isWiki, hasId };
      isWiki = false;
    }
    interesting.lastIndex = at + length;
  }
}

function targetOf(inside: string): string {
  const bar = inside.indexOf('|');
  const target = bar === -1 ? inside : inside.slice(0, bar);
  return target.replace(/ +$/, '');
}
