import * as vscode from 'vscode';
import { canonicalUrl, parseRemote, withoutLogin } from '../engine/xfer/remote';
import type { CredentialsQuestion } from '../host/protocol';

export interface Credentials {
  user: string;
  password: string;
}

/**
 * User names and passwords for servers. A password is kept in the editor's secret storage, under the server's address and the user,
 * only after the server has accepted it, and forgotten when the server refuses it.
 */
export class CredentialStore {
  /** Typed and not yet proven, by address. */
  private readonly unproven = new Map<string, Credentials>();

  constructor(
    private readonly secrets: vscode.SecretStorage,
    private readonly memento: vscode.Memento,
  ) {}

  /** Answers the engine's question from what is kept, else asks the user. @returns null when the user declined */
  async answer(question: CredentialsQuestion, token?: vscode.CancellationToken): Promise<Credentials | null> {
    const address = placeOf(question);
    const user = question.user ?? this.memento.get<string>(userKey(address));
    if (question.wasRefused) {
      if (user !== undefined) await this.forget(address, user);
    } else if (user !== undefined) {
      const password = await this.secrets.get(secretKey(address, user));
      if (password !== undefined) return { user, password };
    }
    const { wasRefused } = question;
    const named = wasRefused ? undefined : question.user;
    const credentials =
      named === undefined ? await ask(address, { user, wasRefused }, token) : await askPassword(address, named, token);
    if (credentials === undefined) return null;
    this.unproven.set(address, credentials);
    return credentials;
  }

  /** Asks even when something is kept, for the user wants to be somebody else. */
  async ask(url: string): Promise<Credentials | undefined> {
    const address = addressOf(url);
    const credentials = await ask(address, { user: this.memento.get(userKey(address)), wasRefused: false });
    if (credentials !== undefined) this.unproven.set(address, credentials);
    return credentials;
  }

  /** The server at `url` accepted what it was given last: keep it. */
  async keep(url: string): Promise<void> {
    for (const [place, credentials] of this.unprovenAt(url)) {
      this.unproven.delete(place);
      await this.secrets.store(secretKey(place, credentials.user), credentials.password);
      await this.memento.update(userKey(place), credentials.user);
    }
  }

  /** The work for which they were asked failed. */
  drop(url: string): void {
    for (const [place] of this.unprovenAt(url)) this.unproven.delete(place);
  }

  /** Credentials that came with the request itself, such as those inside an address; kept when they turn out right. */
  suggest(url: string, credentials: Credentials): void {
    this.unproven.set(addressOf(url), credentials);
  }

  /** Those for Fossil, and those for the web server in front of it. */
  private unprovenAt(url: string): [place: string, Credentials][] {
    const address = addressOf(url);
    return [...this.unproven].filter(([place]) => place === address || place.startsWith(`${address} `));
  }

  private async forget(address: string, user: string): Promise<void> {
    this.unproven.delete(address);
    await this.secrets.delete(secretKey(address, user));
  }
}

/** The canonical address without the user: one key for all who log in there. */
function addressOf(url: string): string {
  return canonicalUrl(withoutLogin(parseRemote(url)));
}

/** Whoever asks: Fossil, or in the name of a realm the web server in front of it. */
function placeOf({ url, realm }: CredentialsQuestion): string {
  return realm === undefined ? addressOf(url) : `${addressOf(url)} (web server, ${realm})`;
}

function secretKey(address: string, user: string): string {
  return `password ${user} ${address}`;
}

function userKey(address: string): string {
  return `user ${address}`;
}

async function ask(
  address: string,
  known: { user: string | undefined; wasRefused: boolean },
  token?: vscode.CancellationToken,
): Promise<Credentials | undefined> {
  const user = await vscode.window.showInputBox(
    {
      title: titleOf(address),
      prompt: known.wasRefused
        ? vscode.l10n.t('That user name and password were not accepted. Which user name?')
        : vscode.l10n.t('User name'),
      value: known.user ?? '',
      ignoreFocusOut: true,
      validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Give a user name.') : undefined),
    },
    token,
  );
  return user === undefined ? undefined : askPassword(address, user.trim(), token);
}

async function askPassword(
  address: string,
  user: string,
  token: vscode.CancellationToken | undefined,
): Promise<Credentials | undefined> {
  const prompt = vscode.l10n.t('Password of {0}', user);
  const title = titleOf(address);
  const password = await vscode.window.showInputBox({ title, prompt, password: true, ignoreFocusOut: true }, token);
  return password === undefined ? undefined : { user, password };
}

function titleOf(address: string): string {
  return vscode.l10n.t('Log in to {0}', address);
}
