import type { Repository } from '../repository/repository';
import type { ServerOptions } from '../xfer/server';

export interface RunningServer {
  /** `http://127.0.0.1:PORT/` */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Serves one repository over HTTP on 127.0.0.1 (or `host`): sync, `/json/stat`, `/json/version`. Port 0 takes a free one. */
export declare function serveHttp(
  repository: Repository,
  options: ServerOptions & { port: number; host?: string },
): Promise<RunningServer>;
