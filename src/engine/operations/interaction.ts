import type { ProgressListener } from '../progress';
import type { XferListener } from '../xfer/observer';

/** What the engine may have to ask the user while it works. `undefined` means that the user declined. */
export interface Questions {
  /** User and password for a server; `wasRefused` when the last ones were wrong. */
  credentials(question: {
    url: string;
    user?: string;
    wasRefused: boolean;
  }): Promise<{ user: string; password: string } | undefined>;
  /** Under which name to commit, asked once and then remembered in the checkout. */
  userName(): Promise<string | undefined>;
  /** May a repository that others use be rewritten without SQLite's locks (portable driver)? */
  allowPortableWrites(path: string): Promise<boolean>;
}

/** How an operation talks to whoever started it. */
export interface Interaction {
  questions: Questions;
  signal?: AbortSignal;
  onProgress?: ProgressListener;
  /** Hears of every round with a server. */
  onEvent?: XferListener;
}

/** The part of an interaction that the layers below take as options. */
export function observationOf(interaction: Interaction): Pick<Interaction, 'signal' | 'onProgress' | 'onEvent'> {
  return {
    ...(interaction.signal === undefined ? {} : { signal: interaction.signal }),
    ...(interaction.onProgress === undefined ? {} : { onProgress: interaction.onProgress }),
    ...(interaction.onEvent === undefined ? {} : { onEvent: interaction.onEvent }),
  };
}
