import path from 'node:path';
import { ARTIFACT_LIMIT_VARIABLE } from '../engine/codec/size-limits';
import { collectEarly } from '../engine/platform/early-collection';
import { transportFor } from '../engine/operations/transports';
import { createNodeEnvironment } from '../engine/platform/node-environment';
import { answerOperations, type Workshop } from './engine-operations';
import type { EngineSettings } from './protocol';
import { serveParent } from './serve-parent';

/** The engine process: what `EngineProcess` forks. The pool's worker is bundled beside it. */
async function equip(settings: EngineSettings): Promise<Workshop> {
  const environment = await createNodeEnvironment({
    driver: settings.driver,
    variables: { ...process.env, ...limitVariables(settings) },
    pool: { workerFile: path.join(__dirname, 'compute.js') },
  });
  return {
    environment,
    transport: transportFor(environment, {
      isStrict: settings.isStrictSsl,
      isUnattended: true,
      variables: { ...environment.variables, ...proxyVariables(settings) },
    }),
    description: {
      driver: environment.sqlite.name,
      sqliteVersion: environment.sqlite.version,
      nodeVersion: process.versions.node,
    },
  };
}

/** The editor's proxy settings in the form that both know; they win over the environment. */
function proxyVariables({ proxy, noProxy }: EngineSettings): Record<string, string> {
  return {
    ...(proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy }),
    ...(noProxy === undefined || noProxy.length === 0 ? {} : { no_proxy: noProxy.join(',') }),
  };
}

function limitVariables({ largestArtifact }: EngineSettings): Record<string, string> {
  return largestArtifact === undefined ? {} : { [ARTIFACT_LIMIT_VARIABLE]: String(largestArtifact) };
}

collectEarly();
serveParent((server) => answerOperations(server, equip));
