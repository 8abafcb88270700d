import type { Remote } from './remote';

/** One message to the server, complete. */
export interface ExchangeRequest {
  /** `application/x-fossil` with a container, or one of its plain variants. */
  contentType: string;
  /**
   * The body for a URL: called anew for every redirect, because the login card depends on the URL's user.
   */
  body(remote: Remote): Uint8Array;
  /** The value of a `Cookie` header for a URL: a login that does not stand in the body. */
  cookie?(remote: Remote): string | undefined;
}

/** The server's reply as it streams. */
export interface ExchangeReply {
  /** Content-Type without parameters, lower case. */
  contentType: string;
  /** Content-Length, where the server told it. */
  length?: number;
  /** Who has answered, where a redirect led there. */
  remote?: Remote;
  /**
   * The body; leaving the loop early closes the connection.
   * @throws EngineError `connection-lost`, `reply-truncated`, `cancelled`
   */
  chunks: AsyncIterable<Uint8Array>;
}

export interface ExchangeOptions {
  signal?: AbortSignal;
  /**
   * Called once the message is on its way: from then on, whoever sent it may keep the thread busy while the server works. Of a message that is
   * longer than the system takes at once (some hundred kilobytes), the rest still needs the thread; of one that is sent again, after a redirect
   * or for a login, the first sending counts.
   */
  onSent?: () => void;
}

/** A certificate for which nobody vouches whom this computer trusts. */
export interface CertificateQuestion {
  /** Host that was asked for. */
  host: string;
  /** What is wrong, to follow "its certificate": `is self-signed …`, `has expired`. */
  problem: string;
  /** Such as `CN=example.org`. */
  subject: string;
  issuer: string;
  /** As the certificate writes them: `Nov 21 08:00:00 2026 GMT`. */
  validFrom: string;
  validTo: string;
  /** SHA-256 of the certificate, 64 hex digits in lower case, as Fossil keeps it under `cert:HOST`. */
  fingerprint: string;
}

/** Whether to go on with such a server: from now on, for this once, or not at all. */
export type CertificateAnswer = 'always' | 'once' | 'no';

/** What a connection may want of whoever opens it: settings, what was remembered, and the user's word. */
export interface ConnectionContext {
  /** The file of the repository that is to be synced: no connection leads to itself. */
  repositoryPath?: string;
  /** Whether something may be sent, and not only asked for. */
  sends: boolean;
  /** A setting of Fossil, the repository's or the user's. */
  setting(name: string): string | undefined;
  /** May the certificate be trusted? Asked only for one that is not trusted already, by `cert:HOST` either. */
  certificate(question: CertificateQuestion): Promise<CertificateAnswer>;
  /** Remembered HTTP Basic credentials for a canonical URL, `USER:PASSWORD`. */
  httpLogin(url: string): string | undefined;
  /** Credentials for the web server in front of Fossil, which it asks for in the name of `realm`; undefined: declined. */
  askHttpLogin(question: {
    url: string;
    realm: string;
    wasRefused: boolean;
  }): Promise<{ user: string; password: string } | undefined>;
  /** The web server has accepted what the user typed. */
  keepHttpLogin(url: string, login: string): void;
  /** May a repository be rewritten without SQLite's locks? */
  allowPortableWrites(path: string): Promise<boolean>;
}

/** What outlives a round: the ssh process, Basic credentials, where permanent redirects led. */
export interface Session {
  /**
   * @throws EngineError `unknown-host`, `connection-refused`, `connection-lost`, `tls-failed`, `redirect-refused`, `http-status`,
   * `login-failed` (HTTP 401), `proxy-failed`, `ssh-failed`, `not-fossil` (a web page), `cancelled`. An error page's text is part of the message.
   */
  exchange(request: ExchangeRequest, options?: ExchangeOptions): Promise<ExchangeReply>;
  /**
   * Meets the server before anything is sent or asked for its sake: who it is comes before who we are. Absent where there is nothing to find out.
   * @throws EngineError as `exchange` does when the server cannot be reached, or its certificate is not trusted
   */
  greet?(options?: ExchangeOptions): Promise<void>;
  /**
   * GET below the remote's path, for `/json/stat`.
   * @param path - begins with `/`, may have a query
   * @returns undefined unless the server answers 200 with JSON; only a cancel throws
   */
  fetchJson(path: string, options?: ExchangeOptions): Promise<unknown>;
  /** The remote as permanent redirects have changed it. */
  readonly remote: Remote;
  /** Messages go as they are, out of their container and with the login inside: for whoever wants to read along, or moves nothing but them. */
  readonly takesPlain?: boolean;
  close(): Promise<void>;
}

/** A way to reach servers. */
export interface Transport {
  /** @param context - absent: nothing is remembered, and what would need a question is refused */
  open(remote: Remote, context?: ConnectionContext): Promise<Session>;
}
