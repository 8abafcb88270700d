import { fork, type ChildProcess } from 'node:child_process';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { EngineError } from '../engine/errors';
import type { Doubt } from '../engine/operations/interaction';
import type { ProgressListener } from '../engine/progress';
import type { CertificateAnswer, CertificateQuestion } from '../engine/xfer/transport';
import { fromResponse } from './error-response';
import type { CredentialsQuestion, EngineDescription, EngineRequest, EngineSettings, LogMessage } from './protocol';
import * as protocol from './protocol';

/** Answers the engine's questions; null means that the user declined. */
export interface QuestionAnswers {
  credentials(
    question: CredentialsQuestion,
    token: CancellationToken,
  ): Promise<{ user: string; password: string } | null>;
  certificate(question: CertificateQuestion, token: CancellationToken): Promise<CertificateAnswer>;
  goOn(doubt: Doubt, token: CancellationToken): Promise<boolean>;
  userName(token: CancellationToken): Promise<string | null>;
  allowPortableWrites(repositoryPath: string, token: CancellationToken): Promise<boolean>;
}

export interface EngineProcessOptions {
  /** Absolute path of the bundled engine, `dist/engine.js`. */
  entry: string;
  settings: EngineSettings;
  questions: QuestionAnswers;
  onLog: (message: LogMessage) => void;
  /** Called once, when the process has gone. */
  onExit?: (exit: EngineExit) => void;
  /** Variables of the process; default those of this one. */
  variables?: NodeJS.ProcessEnv;
  /** Options of Node before the entry. */
  execArgv?: string[];
}

export interface EngineExit {
  /** In words, for the log: "exit code 1", "signal SIGKILL". */
  reason: string;
  wasAsked: boolean;
}

export interface RequestOptions {
  signal?: AbortSignal;
  onProgress?: ProgressListener;
}

/** One forked engine and the connection to it. It never outlives its usefulness: once gone, make another. */
export class EngineProcess {
  private readonly child: ChildProcess;
  private readonly connection: MessageConnection;
  private readonly listeners = new Map<number, ProgressListener>();
  private readonly configured: Promise<EngineDescription>;
  private readonly exited: Promise<void>;
  private lastOperation = 0;
  private wasAskedToEnd = false;
  private hasExited = false;

  constructor(private readonly options: EngineProcessOptions) {
    this.child = fork(options.entry, [], {
      serialization: 'advanced',
      execArgv: options.execArgv ?? nodeOptions(),
      env: childVariables(options.variables ?? process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => this.logOutput('info', chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.logOutput('warn', chunk));
    this.connection = createMessageConnection(new IPCMessageReader(this.child), new IPCMessageWriter(this.child), {
      error: (message: string) => this.options.onLog({ level: 'error', message }),
      warn: (message: string) => this.options.onLog({ level: 'warn', message }),
      info: () => undefined,
      log: () => undefined,
    });
    // A write to a process that just died: the exit that follows rejects what waits.
    this.connection.onError(() => undefined);
    this.exited = this.watchExit();
    this.register();
    this.connection.listen();
    this.configured = this.send(protocol.configure, options.settings, {});
    this.configured.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isAlive(): boolean {
    return !this.hasExited && !this.wasAskedToEnd;
  }

  /** @throws EngineError `engine-died` and what `configure` throws */
  describe(): Promise<EngineDescription> {
    return this.configured;
  }

  /**
   * @throws EngineError: the engine's own; `cancelled` after `signal` has fired and the engine has stopped; `engine-died` when the
   * process went before it answered
   */
  async request<Request, Result>(
    type: EngineRequest<Request, Result>,
    request: Request,
    options: RequestOptions = {},
  ): Promise<Result> {
    await this.configured;
    return this.send(type, request, options);
  }

  /** Lets running work finish, then ends the process. */
  async end(): Promise<void> {
    this.wasAskedToEnd = true;
    try {
      // What was requested before this waits for the same promise, and so is sent first.
      await this.configured;
      await this.send(protocol.shutdown, null, {});
    } catch {
      // It has gone already, or never came up.
    }
    this.dispose();
    await this.exited;
  }

  /** Ends the process now: its work is cancelled, and it goes within a second. */
  dispose(): void {
    this.wasAskedToEnd = true;
    if (this.child.connected) this.child.disconnect();
  }

  private async send<Request, Result>(
    type: EngineRequest<Request, Result>,
    request: Request,
    { signal, onProgress }: RequestOptions,
  ): Promise<Result> {
    if (signal?.aborted) throw new EngineError('cancelled', 'Cancelled.');
    if (this.hasExited) throw fromResponse(undefined);
    const operation = ++this.lastOperation;
    const cancellation = new CancellationTokenSource();
    const cancel = (): void => cancellation.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (onProgress !== undefined) this.listeners.set(operation, onProgress);
    try {
      return await this.connection.sendRequest(type, { operation, request }, cancellation.token);
    } catch (error) {
      throw fromResponse(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.listeners.delete(operation);
    }
  }

  private register(): void {
    const { questions, onLog } = this.options;
    this.connection.onNotification(protocol.log, onLog);
    this.connection.onNotification(protocol.progress, ({ operation, progress }) => {
      this.listeners.get(operation)?.(progress);
    });
    this.connection.onRequest(protocol.askCredentials, (question, token) => questions.credentials(question, token));
    this.connection.onRequest(protocol.askCertificate, (question, token) => questions.certificate(question, token));
    this.connection.onRequest(protocol.askToGoOn, (doubt, token) => questions.goOn(doubt, token));
    this.connection.onRequest(protocol.askUserName, (_, token) => questions.userName(token));
    this.connection.onRequest(protocol.askPortableWrites, ({ repositoryPath }, token) =>
      questions.allowPortableWrites(repositoryPath, token),
    );
  }

  private watchExit(): Promise<void> {
    return new Promise((resolve) => {
      const gone = (reason: string): void => {
        if (this.hasExited) return;
        this.hasExited = true;
        // Without this, pending requests would wait for ever.
        this.connection.dispose();
        this.options.onExit?.({ reason, wasAsked: this.wasAskedToEnd });
        resolve();
      };
      this.child.once('exit', (code, signal) =>
        gone(signal === null ? `exit code ${String(code)}` : `signal ${signal}`),
      );
      this.child.once('error', (error) => gone(error.message));
    });
  }

  private logOutput(level: LogMessage['level'], chunk: Buffer): void {
    const message = chunk.toString('utf8').trimEnd();
    if (message !== '') this.options.onLog({ level, message });
  }
}

/** `node:sqlite` announces itself as experimental on Node 22. */
function nodeOptions(): string[] {
  const inspect = process.env['TRILOBITE_INSPECT_ENGINE'];
  return ['--disable-warning=ExperimentalWarning', ...(inspect ? [`--inspect=${inspect}`] : [])];
}

/** Options meant for the extension host would make its child wait for a debugger, or start Electron's window. */
function childVariables(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(
    ([name]) => name !== 'NODE_OPTIONS' && name !== 'VSCODE_INSPECTOR_OPTIONS',
  );
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}
