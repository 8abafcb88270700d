import { ARTIFACT_ROWS } from './artifacts';
import { EXCHANGE_ROWS } from './exchange';
import { PRAGMA_ROWS } from './pragmas';
import type { ClientRow } from './row';
import { SETTING_ROWS } from './settings';

/** Chapter 2 of fossil.md, card by card: what a client does with each. */
export const CLIENT_ROWS: readonly ClientRow[] = [...ARTIFACT_ROWS, ...EXCHANGE_ROWS, ...SETTING_ROWS, ...PRAGMA_ROWS];
