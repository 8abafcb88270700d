import type { ProgressListener } from '../progress';
import type { XferListener } from '../xfer/observer';
import type { CertificateAnswer, CertificateQuestion } from '../xfer/transport';
import type { AutosyncCommand } from './autosync-policy';

/** Something is not as it should be before a command that could go on all the same. */
export interface Doubt {
  /** The pull before the command failed, or the server's clock differs from ours by so much that check-ins would be out of order. */
  kind: 'sync-failed' | 'clock-skew';
  command: AutosyncCommand;
  /** What is wrong. */
  sentence: string;
}

/** What the engine may have to ask the user while it works. `undefined` means that the user declined. */
export interface Questions {
  /**
   * User and password for a server; `wasRefused` when the last ones were wrong. With `realm` it is the web server in front of Fossil that
   * wants them, in that name (HTTP Basic).
   */
  credentials(question: {
    url: string;
    user?: string;
    wasRefused: boolean;
    realm?: string;
  }): Promise<{ user: string; password: string } | undefined>;
  /** May a server be trusted whose certificate cannot be verified? Whoever has no answer refuses every one. */
  certificate?(question: CertificateQuestion): Promise<CertificateAnswer>;
  /** Go on in spite of a doubt? Undefined: there is nobody to ask. Whoever has no answer does not go on. */
  goOn?(doubt: Doubt): Promise<boolean | undefined>;
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
