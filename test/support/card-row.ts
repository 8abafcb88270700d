import type { ChapterCard } from './card-chapter';

/** One rule of chapter 2 for a side that receives a card. */
export interface CardRow {
  card: ChapterCard;
  /** `fine`: as the chapter has it; `misplaced`: out of order, or from the wrong side. */
  is: 'fine' | 'malformed' | 'oversized' | 'misplaced' | 'forbidden';
  rule: string;
  /** SQL that makes the repository another beforehand. */
  before?: string;
  /** What is in the repository afterwards and was not before (`+`), and the other way round (`-`). */
  changes?: readonly string[];
  /** Why Fossil does otherwise; absent: it does the same. */
  because?: string;
}
