import type { Repository } from '../repository/repository';

export interface ServerOptions {
  isReadOnly?: boolean;
  /** Bytes of one request's body, inflated; beyond: refused. */
  maxUpload?: number;
  clientAddress?: string;
}

export interface XferRequest {
  contentType: string;
  body: Uint8Array;
}

export interface XferResponse {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/** Answers one sync message; stateless per round (fossil.md 4). Never throws for what a stranger sent: that becomes a status or an `error` card. */
export declare function handleXfer(repository: Repository, request: XferRequest, options?: ServerOptions): XferResponse;
