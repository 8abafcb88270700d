import type { Repository } from '../repository/repository';
import { serveHttp, type HttpServerOptions, type RunningServer } from '../transport/http-server';
import type { RequestHandlers } from '../transport/request-handlers';
import { handleXfer, type ServerOptions } from '../xfer/server';
import { answerJson } from './serve-json';

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

/** What a repository answers, for any transport. */
export function repositoryHandlers(repository: Repository, options: ServerOptions = {}): RequestHandlers {
  return {
    title: repository.config.get('project-name') ?? 'A Fossil repository',
    xfer: (request) => handleXfer(repository, request, options),
    json: (path, query) => answerJson(repository, path, query),
  };
}
