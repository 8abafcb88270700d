import * as vscode from 'vscode';
import type { QuestionAnswers } from '../host/engine-process';
import { askToGoOn } from './go-on';
import { askCertificateTrust } from './certificate-trust';
import type { CredentialStore } from './credentials';
import type { PortableWrites } from './portable-writes';
import { settings } from './settings';

/** Answers the engine's questions: from the settings and what the user said before, else by asking. */
export function questionAnswers(credentials: CredentialStore, portableWrites: PortableWrites): QuestionAnswers {
  return {
    credentials: (question, token) => credentials.answer(question, token),
    certificate: (question) => askCertificateTrust(question),
    goOn: (doubt, token) => askToGoOn(doubt, token),
    userName: (token) => askUserName(token),
    allowPortableWrites: (repositoryPath) => portableWrites.areAllowed(repositoryPath),
  };
}

async function askUserName(token: vscode.CancellationToken): Promise<string | null> {
  const { userName } = settings();
  if (userName !== '') return userName;
  const answer = await vscode.window.showInputBox(
    {
      title: vscode.l10n.t('Who Is Committing?'),
      prompt: vscode.l10n.t('Your user name in this repository; this checkout remembers it'),
      ignoreFocusOut: true,
      validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Give a user name.') : undefined),
    },
    token,
  );
  return answer === undefined ? null : answer.trim();
}
