import type * as vscode from 'vscode';
import { EngineProcess, type EngineExit, type QuestionAnswers } from '../host/engine-process';
import { EngineRegistry } from '../host/engine-registry';
import type { LogMessage } from '../host/protocol';
import { engineSettings } from './settings';

/** The engine processes of this window, logging to the channel "Fossil". */
export function createEngines(
  context: vscode.ExtensionContext,
  questions: QuestionAnswers,
  log: vscode.LogOutputChannel,
  onDeath: (key: string, exit: EngineExit) => void,
): EngineRegistry {
  return new EngineRegistry({
    start: (onExit) => start(context.asAbsolutePath('dist/engine.js'), questions, log, onExit),
    onDeath,
    now: () => performance.now(),
  });
}

function start(
  entry: string,
  questions: QuestionAnswers,
  log: vscode.LogOutputChannel,
  onExit: (exit: EngineExit) => void,
): EngineProcess {
  const engine: EngineProcess = new EngineProcess({
    entry,
    settings: engineSettings(),
    questions,
    onLog: (message) => write(log, message),
    onExit: (exit) => {
      log.info(`Engine ${String(engine.pid)} ended: ${exit.reason}`);
      onExit(exit);
    },
  });
  engine.describe().then(
    ({ driver, sqliteVersion, nodeVersion }) =>
      log.info(`Engine ${String(engine.pid)}: ${driver} SQLite ${sqliteVersion}, Node ${nodeVersion}`),
    (error: unknown) => log.error(`The engine did not start: ${String(error)}`),
  );
  return engine;
}

function write(log: vscode.LogOutputChannel, { level, message }: LogMessage): void {
  if (level === 'info') log.info(message);
  else if (level === 'warn') log.warn(message);
  else log.error(message);
}
