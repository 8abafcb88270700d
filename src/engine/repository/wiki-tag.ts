/** Attributes that Fossil's wiki knows; of others it takes no notice. */
const ATTRIBUTES = new Set(
  (
    'align alt bgcolor border cellpadding cellspacing class clear color colspan compact face height href hspace id links name ' +
    'rowspan size src start style target title type valign value vspace width'
  ).split(' '),
);
const ELEMENTS = new Set(
  (
    'a abbr address article aside b big blockquote br center cite code col colgroup dd del dfn div dl dt em font footer ' +
    'h1 h2 h3 h4 h5 h6 header hr i img ins kbd li nav nobr nowiki ol p pre s samp section small span strike strong sub sup ' +
    'table tbody td tfoot th thead title tr tt u ul var verbatim'
  ).split(' '),
);
const MOST_ATTRIBUTES = 8;

/** An HTML element's tag in wiki text. */
export interface WikiTag {
  /** In lower case; undefined when Fossil's wiki does not know it. */
  name: string | undefined;
  isEnd: boolean;
  attributes: { name: string; hasValue: boolean }[];
}

/** @returns the length of the tag at `start`, where a `<` stands; 0 when it is none, negative the steps that were in vain */
export function tagLength(text: string, start: number): number {
  let at = start + 1;
  if (text[at] === '/') at++;
  if (!isLetter(text[at])) return 0;
  while (isLetterOrDigit(text[at]) || text[at] === '-') at++;
  const next = text[at];
  if (next === '/' && text[at + 1] === '>') return at + 2 - start;
  if (next !== '>' && !isSpace(next)) return 0;
  let quote: string | undefined;
  for (; at < text.length; at++) {
    const character = text[at];
    if (quote === undefined && character === '>') return at + 1 - start;
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
  }
  return start - at;
}

/** Reads the tag that begins at `start`. An attribute that is left out may hide the tag's end: Fossil then reads on behind it. */
export function parseWikiTag(text: string, start: number): WikiTag {
  const isEnd = text[start + 1] === '/';
  const first = wordAt(text, start + (isEnd ? 2 : 1));
  const tag: WikiTag = { name: ELEMENTS.has(first.word) ? first.word : undefined, isEnd, attributes: [] };
  let at = first.end;
  if (text[at] === '-') {
    at = wordAt(text, at + 1).end;
    tag.attributes.push({ name: 'id', hasValue: true });
    if (text[at] === '>') return tag;
    at++;
  }
  at = skipSpace(text, at);
  while (tag.attributes.length < MOST_ATTRIBUTES && isLetter(text[at])) {
    const { word, end } = wordAt(text, at);
    const value = valueAt(text, skipSpace(text, end));
    const isKept = ATTRIBUTES.has(word) && !value.isRefused && !tag.attributes.some(({ name }) => name === word);
    if (isKept) tag.attributes.push({ name: word, hasValue: value.isPresent });
    if (isKept && value.terminator === '>') break;
    at = skipSpace(text, value.end);
    if (at >= text.length || text[at] === '>' || (text[at] === '/' && text[at + 1] === '>')) break;
  }
  return tag;
}

interface AttributeValue {
  isPresent: boolean;
  /** An unquoted value with quotes in it. */
  isRefused: boolean;
  terminator?: string | undefined;
  /** Where the text goes on behind it. */
  end: number;
}

function valueAt(text: string, equals: number): AttributeValue {
  if (text[equals] !== '=') return { isPresent: false, isRefused: false, end: equals };
  const start = skipSpace(text, equals + 1);
  const quote = text[start];
  let at = start;
  let isRefused = false;
  if (quote === '"' || quote === "'") {
    at++;
    while (at < text.length && text[at] !== quote) at++;
  } else {
    for (; at < text.length && !isSpace(text[at]) && text[at] !== '>'; at++) {
      if (text[at] === "'" || text[at] === '"') isRefused = true;
    }
  }
  return { isPresent: true, isRefused, terminator: text[at], end: at + 1 };
}

function wordAt(text: string, start: number): { word: string; end: number } {
  let end = start;
  while (isLetterOrDigit(text[end])) end++;
  return { word: text.slice(start, end).toLowerCase(), end };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text[at])) at++;
  return at;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[a-z]/i.test(character);
}

function isLetterOrDigit(character: string | undefined): boolean {
  return character !== undefined && /[a-z0-9]/i.test(character);
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /[ \t-\r]/.test(character);
}
