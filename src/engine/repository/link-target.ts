const INFO_PAGE = '/info/';
const FEWEST_DIGITS = 4;
const MOST_DIGITS = 64;

/**
 * @param target - where a hyperlink leads, as it is written
 * @returns the prefix of an artifact's or ticket's name that it stands for, in lower case; undefined when it leads elsewhere. Such
 * links are written as the bare prefix or as `/info/` and the prefix
 */
export function linkedPrefix(target: string): string | undefined {
  const name =
    target.length >= INFO_PAGE.length + FEWEST_DIGITS && target.startsWith(INFO_PAGE)
      ? target.slice(INFO_PAGE.length)
      : target;
  if (name.length < FEWEST_DIGITS || name.length > MOST_DIGITS || !/^[0-9a-f]+$/i.test(name)) return undefined;
  return name.toLowerCase();
}
