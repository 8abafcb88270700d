import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { CloneRequest, CloneResult } from '../engine/operations/clone';
import type { CommitOutcome, CommitRequest } from '../engine/operations/commit';
import type { Doubt } from '../engine/operations/interaction';
import type { InitRequest, InitResult } from '../engine/operations/init';
import type { OpenRequest, OpenResult } from '../engine/operations/open';
import type { PeekOutcome, PeekRequest } from '../engine/operations/peek';
import type { PendingArtifacts } from '../engine/operations/pending';
import type { RebuildOutcome } from '../engine/operations/rebuild';
import type { WorkspaceStatus } from '../engine/operations/status';
import type { SyncOutcome, SyncRequest } from '../engine/operations/sync';
import type { UnversionedSyncOutcome, UnversionedSyncRequest } from '../engine/operations/unversioned-sync';
import type { UpdateOutcome, UpdateRequest } from '../engine/operations/update';
import type { VerifyOutcome } from '../engine/operations/verify';
import type { ErrorCode } from '../engine/errors';
import type { Progress } from '../engine/progress';
import type { UnversionedFile } from '../engine/repository/unversioned';
import type { CertificateAnswer, CertificateQuestion } from '../engine/xfer/transport';

/**
 * What the extension and the engine process say to each other: operations, never SQL. Byte arrays travel as they are (Node IPC with
 * `serialization: 'advanced'`). Every request carries an `operation` number under which its progress is reported; cancellation is
 * the connection's own.
 */

/** The `data` of every error response; its message is the EngineError's sentence. */
export interface ErrorDetails {
  code: ErrorCode;
}

/** The parameters of every request to the engine. */
export interface Call<Request> {
  /** Progress notifications name it; unique within a connection. */
  operation: number;
  request: Request;
}

/** A request that the engine answers. */
export type EngineRequest<Request, Result> = RequestType<Call<Request>, Result, ErrorDetails>;

function engineRequest<Request, Result>(method: string): EngineRequest<Request, Result> {
  return new RequestType<Call<Request>, Result, ErrorDetails>(method);
}

export interface EngineSettings {
  driver: 'auto' | 'native' | 'portable';
  /** `http.proxy`: for http and https; absent: what the environment variables say. */
  proxy?: string;
  /** `http.noProxy`: hosts that are reached directly. */
  noProxy?: string[];
  /** `http.proxyStrictSSL`: refuse servers whose certificate cannot be verified. */
  isStrictSsl: boolean;
  /** Megabytes that one artifact of a server may have; absent: what the environment variable says, or the default. */
  largestArtifact?: number;
}

export interface EngineDescription {
  driver: 'native' | 'portable';
  sqliteVersion: string;
  nodeVersion: string;
}

/** The first request of a connection; nothing else is answered before it. */
export const configure = engineRequest<EngineSettings, EngineDescription>('configure');

export const clone = engineRequest<CloneRequest, CloneResult>('clone');
export const open = engineRequest<OpenRequest, OpenResult>('open');
export const init = engineRequest<InitRequest, InitResult>('init');
export const status = engineRequest<{ root: string }, WorkspaceStatus>('status');
export const add = engineRequest<PathsRequest, string[]>('add');
export const remove = engineRequest<PathsRequest, string[]>('remove');
export const revert = engineRequest<PathsRequest, string[]>('revert');
/** A file as the checked-out version, or another check-in (`version`, a hash), has it. */
export const fileContent = engineRequest<{ root: string; path: string; version?: string }, Uint8Array>('fileContent');
export const artifactContent = engineRequest<{ root: string; hash: string }, Uint8Array>('artifactContent');
export const commit = engineRequest<CommitRequest & { root: string }, CommitOutcome>('commit');
export const update = engineRequest<UpdateRequest & { root: string }, UpdateOutcome>('update');
export const sync = engineRequest<SyncRequest, SyncOutcome>('sync');
export const peek = engineRequest<PeekRequest, PeekOutcome>('peek');
export const pending = engineRequest<{ root: string }, PendingArtifacts>('pending');
/** Without those that are deleted. */
export const unversionedFiles = engineRequest<{ root: string }, UnversionedFile[]>('unversionedFiles');
/** @see UnversionedFile.hash */
export const unversionedContent = engineRequest<{ root: string; hash: string }, Uint8Array>('unversionedContent');
/** Adds files of this computer, by their absolute paths, or gives those there new content. */
export const addUnversioned = engineRequest<{ root: string; files: { name: string; path: string }[] }, null>(
  'addUnversioned',
);
/** Names are those of {@link unversionedFiles}. */
export const removeUnversioned = engineRequest<{ root: string; names: string[] }, string[]>('removeUnversioned');
export const syncUnversioned = engineRequest<UnversionedSyncRequest, UnversionedSyncOutcome>('syncUnversioned');
/** Of a repository file. */
export const verify = engineRequest<{ path: string }, VerifyOutcome>('verify');
export const rebuild = engineRequest<{ path: string }, RebuildOutcome>('rebuild');
/** Answered when all running work is done; whoever asked disconnects then, and the process ends. */
export const shutdown = engineRequest<null, null>('shutdown');

/** Paths are relative to the checkout's root, with `/`. */
export interface PathsRequest {
  root: string;
  paths: string[];
}

/** Engine to extension, at most a few a second for each operation. */
export const progress = new NotificationType<{ operation: number; progress: Progress }>('progress');

export interface LogMessage {
  level: 'info' | 'warn' | 'error';
  message: string;
}
export const log = new NotificationType<LogMessage>('log');

/** Questions of the engine to the user; null: declined. */
export interface CredentialsQuestion {
  url: string;
  user?: string;
  wasRefused: boolean;
  /** The web server in front of Fossil wants them, in that name. */
  realm?: string;
}
export const askCredentials = new RequestType<
  CredentialsQuestion,
  { user: string; password: string } | null,
  ErrorDetails
>('askCredentials');
export const askCertificate = new RequestType<CertificateQuestion, CertificateAnswer, ErrorDetails>('askCertificate');
/** Go on in spite of a doubt? */
export const askToGoOn = new RequestType<Doubt, boolean, ErrorDetails>('askToGoOn');
export const askUserName = new RequestType<null, string | null, ErrorDetails>('askUserName');
export const askPortableWrites = new RequestType<{ repositoryPath: string }, boolean, ErrorDetails>(
  'askPortableWrites',
);
