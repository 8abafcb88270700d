import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { CloneRequest, CloneResult } from '../engine/operations/clone';
import type { CommitOutcome, CommitRequest } from '../engine/operations/commit';
import type { OpenRequest, OpenResult } from '../engine/operations/open';
import type { PendingArtifacts } from '../engine/operations/pending';
import type { WorkspaceStatus } from '../engine/operations/status';
import type { SyncOutcome, SyncRequest } from '../engine/operations/sync';
import type { UpdateOutcome } from '../engine/operations/update';
import type { ErrorCode } from '../engine/errors';
import type { Progress } from '../engine/progress';

/**
 * What the extension and the engine process say to each other: operations, never SQL. Byte arrays travel as they are (Node IPC with
 * `serialization: 'advanced'`). Long requests carry an `operation` id under which progress is reported; cancellation is the
 * connection's own.
 */

/** The `data` of every error response. */
export interface ErrorDetails {
  code: ErrorCode;
}

interface Operation {
  /** Progress notifications name it. */
  operation: number;
}

export interface EngineSettings {
  /** `http.proxy` and its relatives. */
  proxy?: string;
  isStrictSsl: boolean;
  driver: 'auto' | 'native' | 'portable';
}

export const configure = new RequestType<EngineSettings, EngineDescription, ErrorDetails>('configure');

export interface EngineDescription {
  driver: 'native' | 'portable';
  sqliteVersion: string;
  nodeVersion: string;
}

export const clone = new RequestType<CloneRequest & Operation, CloneResult, ErrorDetails>('clone');
export const open = new RequestType<OpenRequest & Operation, OpenResult, ErrorDetails>('open');
export const init = new RequestType<
  { path: string; user?: string; projectName?: string },
  { path: string },
  ErrorDetails
>('init');
export const status = new RequestType<{ root: string }, WorkspaceStatus, ErrorDetails>('status');
export const add = new RequestType<{ root: string; paths: string[] }, string[], ErrorDetails>('add');
export const remove = new RequestType<{ root: string; paths: string[] }, string[], ErrorDetails>('remove');
export const revert = new RequestType<{ root: string; paths: string[] }, string[], ErrorDetails>('revert');
export const fileContent = new RequestType<{ root: string; path: string; version?: string }, Uint8Array, ErrorDetails>(
  'fileContent',
);
export const artifactContent = new RequestType<{ root: string; hash: string }, Uint8Array, ErrorDetails>(
  'artifactContent',
);
export const commit = new RequestType<CommitRequest & { root: string } & Operation, CommitOutcome, ErrorDetails>(
  'commit',
);
export const update = new RequestType<{ root: string; version?: string } & Operation, UpdateOutcome, ErrorDetails>(
  'update',
);
export const sync = new RequestType<SyncRequest & Operation, SyncOutcome, ErrorDetails>('sync');
export const pending = new RequestType<{ root: string }, PendingArtifacts, ErrorDetails>('pending');
/** Ends the process when its work is done. */
export const shutdown = new RequestType0<null, ErrorDetails>('shutdown');

/** Engine to extension. */
export const progress = new NotificationType<{ operation: number; progress: Progress }>('progress');
export const log = new NotificationType<{ level: 'info' | 'warn' | 'error'; message: string }>('log');

/** Questions of the engine to the user; null: declined. */
export const askCredentials = new RequestType<
  { url: string; user?: string; wasRefused: boolean },
  { user: string; password: string } | null,
  ErrorDetails
>('askCredentials');
export const askUserName = new RequestType0<string | null, ErrorDetails>('askUserName');
export const askPortableWrites = new RequestType<{ repositoryPath: string }, boolean, ErrorDetails>(
  'askPortableWrites',
);
