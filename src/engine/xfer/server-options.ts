import type { XferListener } from './observer';

/** How a repository is served. */
export interface ServerOptions {
  isReadOnly?: boolean;
  /** Bytes of one request's body, inflated; beyond: status 413. */
  maxUpload?: number;
  /** Cards of one message; beyond: refused. */
  maxCards?: number;
  /** Artifacts that one message may ask for; beyond: refused. */
  maxGimmes?: number;
  clientAddress?: string;
  /** Everybody may do everything: the other side has started this process itself, as ssh does (fossil.md 1.7). */
  isLocalAdmin?: boolean;
  onEvent?: XferListener;
}

/** What a message came with besides its body. */
export interface RequestOrigin {
  /** Of the client. */
  address?: string;
  /** A login card that came as a cookie or in the query: its nonce covers the whole message (fossil.md 1.5). */
  loginCard?: string;
  /** The header `Authorization`. */
  authorization?: string;
  /** Address under which the client reached the repository, `https://host:port/path`; tells alternatives from ourselves. */
  url?: string;
}

/** Bytes of one request, inflated, when nothing else is set. */
export const MAX_UPLOAD = 512 * 1024 * 1024;
/** Cards of one request: some megabytes inflate to as many as keep a server busy for minutes. */
export const MAX_CARDS = 1_000_000;
/** Clients ask for twice what the round before brought. */
export const MAX_GIMMES = 100_000;
