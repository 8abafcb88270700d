import type { Translate } from '../../../src/vscode/interaction/translate';

/** `vscode.l10n.t` without a translation: puts the values in. */
export const english: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)]));
