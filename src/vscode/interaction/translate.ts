/** `vscode.l10n.t`: handed to the pure parts, which do not know VS Code. `{0}` stands for the first value. */
export type Translate = (message: string, ...values: (string | number)[]) => string;
