import type { OpenedRequest, StreamedResponse, XferRequest, XferResponse } from '../xfer/server';
import type { RequestOrigin } from '../xfer/server-options';

/** What a repository answers; transports know nothing of repositories. */
export interface RequestHandlers {
  /** Answers a sync message. */
  xfer(request: XferRequest): XferResponse | Promise<XferResponse>;
  /** The same for a transport that can receive a message into a file and send an answer in pieces; it is preferred where it is there. */
  stream?(request: OpenedRequest): StreamedResponse | Promise<StreamedResponse>;
  /**
   * Answers a GET below `/json/`.
   * @param path - such as `/json/stat`
   * @returns what becomes the JSON body; undefined: nothing is there (404)
   */
  json?(path: string, query: URLSearchParams, origin?: RequestOrigin): unknown;
  /** Name of the project, for the page that a browser gets. */
  title?: string;
  /** Whether whoever comes without TLS is to be sent to the same address with it. */
  requiresHttps?: boolean;
}

/** The handlers of one address, held while a request is answered. */
export interface FoundHandlers {
  handlers: RequestHandlers;
  /** The beginning of the path that chose them; empty when everything leads to one repository. */
  prefix: string;
  release(): void;
}

/** Several repositories behind one server, chosen by the first elements of the path. */
export interface Site {
  /**
   * @param path - decoded, begins with `/`
   * @returns undefined when nothing is served there
   * @throws EngineError when something is, but cannot be opened
   */
  find(path: string): FoundHandlers | undefined | Promise<FoundHandlers | undefined>;
}

/** One repository under every path. */
export function singleSite(handlers: RequestHandlers): Site {
  return { find: () => ({ handlers, prefix: '', release: () => undefined }) };
}
