import * as vscode from 'vscode';
import type { QuestionAnswers } from '../host/engine-process';
import type { CredentialStore } from './credentials';
import { settings } from './settings';

/** Answers the engine's questions: from the settings and what the user said before, else by asking. */
export function questionAnswers(credentials: CredentialStore, memento: vscode.Memento): QuestionAnswers {
  return {
    credentials: (question, token) => credentials.answer(question, token),
    userName: (token) => askUserName(token),
    allowPortableWrites: (repositoryPath) => allowPortableWrites(repositoryPath, memento),
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

/** This runtime has no SQLite of its own, so nothing keeps a `fossil` that runs at the same moment from writing, too. */
async function allowPortableWrites(repositoryPath: string, memento: vscode.Memento): Promise<boolean> {
  const { portableWrites } = settings();
  if (portableWrites !== 'ask') return portableWrites === 'allow';
  const key = `portableWrites ${repositoryPath}`;
  const remembered = memento.get<boolean>(key);
  if (remembered !== undefined) return remembered;
  const allow = vscode.l10n.t('Allow');
  const never = vscode.l10n.t('Never Here');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Allow writing to {0}?', repositoryPath),
    {
      modal: true,
      detail: vscode.l10n.t(
        'This version of VS Code brings no SQLite with file locks. Trilobite can still write to the repository, by replacing the file when nobody else has changed it. Do not run fossil on it at the same moment. From VS Code 1.101 on this question is not needed.',
      ),
    },
    allow,
    never,
  );
  if (answer !== undefined) await memento.update(key, answer === allow);
  return answer === allow;
}
