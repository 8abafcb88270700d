import { hashDigits } from '../repository/event-text';
import type { Repository } from '../repository/repository';

/** Cuts a hash to the digits that are shown of it. */
export type ShortHash = (hash: string) => string;

/** As many digits as Fossil shows: ten, or what the setting `hash-digits` says. */
export function shortHashOf(repository: Repository): ShortHash {
  const { shown } = hashDigits(repository);
  return (hash) => hash.slice(0, shown);
}
