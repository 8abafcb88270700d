import type { XferRequest, XferResponse } from '../xfer/server';

/** What a server answers with; transports know nothing of repositories. */
export interface RequestHandlers {
  /** Answers a sync message. */
  xfer(request: XferRequest): XferResponse | Promise<XferResponse>;
  /**
   * Answers a GET below `/json/`.
   * @param path - such as `/json/stat`
   * @returns what becomes the JSON body; undefined: nothing is there (404)
   */
  json?(path: string, query: URLSearchParams): unknown;
  /** Name of the project, for the page that a browser gets. */
  title?: string;
}
