import type { Repository } from '../repository/repository';
import { serveHttp, type HttpServerOptions, type RunningServer } from '../transport/http-server';
import type { RequestHandlers } from '../transport/request-handlers';
import { handleXfer, streamXferInTurns } from '../xfer/server';
import type { ServerOptions } from '../xfer/server-options';
import { answerJson } from './serve-json';

/** From this value on of the setting `redirect-to-https`, sync messages without TLS are redirected. */
const REDIRECTS_ALL = 2;

/**
 * Serves one repository over HTTP on 127.0.0.1 (or `host`): clone, pull, push, `/json/stat` and `/json/version`.
 * @throws EngineError `connection-refused` when the port is taken
 */
export function serveRepository(
  repository: Repository,
  options: HttpServerOptions & ServerOptions,
): Promise<RunningServer> {
  return serveHttp(repositoryHandlers(repository, options), options);
}

/**
 * What a repository answers, for any transport: give it to {@link serveHttp}, to a `requestListener` that is mounted beside other routes, or to
 * a transport in memory.
 */
export function repositoryHandlers(repository: Repository, options: ServerOptions = {}): RequestHandlers {
  return {
    get title() {
      return repository.config.get('project-name') ?? 'A Fossil repository';
    },
    get requiresHttps() {
      return Number(repository.config.get('redirect-to-https') ?? 0) >= REDIRECTS_ALL;
    },
    xfer: (request) => handleXfer(repository, request, options),
    stream: (request) => streamXferInTurns(repository, request, options),
    json: (path, query, origin) =>
      answerJson(repository, path, query, { options, ...(origin === undefined ? {} : { origin }) }),
  };
}
