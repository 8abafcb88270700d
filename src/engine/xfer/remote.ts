/** A server's address, taken apart (fossil.md 1.8). */
export interface Remote {
  scheme: 'http' | 'https';
  /** Lower case. */
  host: string;
  port: number;
  /** Begins with `/`. */
  path: string;
  user?: string;
  password?: string;
}

/** @throws EngineError `url-malformed`, saying what is wrong, never showing the password */
export declare function parseRemote(url: string): Remote;
/** Without password and default port, as `last-sync-url` keeps it. */
export declare function canonicalUrl(remote: Remote): string;
