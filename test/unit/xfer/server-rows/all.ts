import { ARTIFACT_ROWS } from './artifacts';
import { EXCHANGE_ROWS } from './exchange';
import { NAME_ROWS } from './names';
import { PRAGMA_ROWS } from './pragmas';
import type { ServerRow } from './row';
import { SETTING_ROWS } from './settings';

/** Chapter 2 of fossil.md, card by card: what a server does with each. */
export const SERVER_ROWS: readonly ServerRow[] = [
  ...EXCHANGE_ROWS,
  ...NAME_ROWS,
  ...ARTIFACT_ROWS,
  ...SETTING_ROWS,
  ...PRAGMA_ROWS,
];
