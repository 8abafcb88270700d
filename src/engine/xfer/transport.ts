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
  /**
   * The body; leaving the loop early closes the connection.
   * @throws EngineError `connection-lost`, `reply-truncated`, `cancelled`
   */
  chunks: AsyncIterable<Uint8Array>;
}

export interface ExchangeOptions {
  signal?: AbortSignal;
}

/** What outlives a round: the ssh process, Basic credentials, where permanent redirects led. */
export interface Session {
  /**
   * @throws EngineError `unknown-host`, `connection-refused`, `connection-lost`, `tls-failed`, `redirect-refused`, `http-status`,
   * `login-failed` (HTTP 401), `not-fossil` (a web page), `cancelled`. An error page's text is part of the message.
   */
  exchange(request: ExchangeRequest, options?: ExchangeOptions): Promise<ExchangeReply>;
  /**
   * GET below the remote's path, for `/json/stat`.
   * @param path - begins with `/`, may have a query
   * @returns undefined unless the server answers 200 with JSON; only a cancel throws
   */
  fetchJson(path: string, options?: ExchangeOptions): Promise<unknown>;
  /** The remote as permanent redirects have changed it. */
  readonly remote: Remote;
  close(): Promise<void>;
}

/** A way to reach servers. */
export interface Transport {
  open(remote: Remote): Promise<Session>;
}
