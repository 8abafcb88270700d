import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { EngineError } from '../engine/errors';
import type { Environment } from '../engine/platform/environment';
import type { ServerRecorderOptions } from '../engine/transport/recording-handlers';
import { TRANSCRIPT_HEADING } from '../engine/xfer/transcript';
import { recordingTransport } from '../engine/xfer/transcript-recorder';
import type { Transport } from '../engine/xfer/transport';
import { absolutePath } from './absolute-path';
import { type CommandContext, textOption } from './command';

/** Runs `work` with the transport, recorded when the option `--transcript FILE` is given. The file is new, and for its owner alone. */
export async function withTranscript<T>(
  transport: Transport,
  environment: Environment,
  { options, terminal }: Pick<CommandContext, 'options' | 'terminal'>,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  const name = textOption(options, 'transcript');
  if (name === undefined) return work(transport);
  const file = absolutePath(terminal, name);
  const descriptor = created(file);
  try {
    const { zlib, clock } = environment;
    const write = (bytes: Uint8Array): void => attempt(file, () => writeWhole(descriptor, [bytes]));
    return await work(recordingTransport(transport, { zlib, clock, write }));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Runs `work`, a server's, with what it is to record into when the option is given. When the file cannot be written any more, that is told once,
 * and the server goes on without it.
 */
export async function withServerTranscript<T>(
  { environment, terminal, options }: Pick<CommandContext, 'environment' | 'terminal' | 'options'>,
  work: (recording: ServerRecorderOptions | undefined) => Promise<T>,
): Promise<T> {
  const name = textOption(options, 'transcript');
  if (name === undefined) return work(undefined);
  const file = absolutePath(terminal, name);
  const descriptor = created(file);
  let isBroken = false;
  const write = (pieces: Iterable<Uint8Array>): void => {
    if (isBroken) return;
    try {
      attempt(file, () => writeWhole(descriptor, pieces));
    } catch (error) {
      isBroken = true;
      terminal.complain(error instanceof Error ? error.message : String(error));
    }
  };
  try {
    write([TRANSCRIPT_HEADING]);
    return await work({ zlib: environment.zlib, clock: environment.clock, write });
  } finally {
    closeSync(descriptor);
  }
}

function created(file: string): number {
  return attempt(file, () => openSync(file, 'wx', 0o600));
}

/** Half of an entry would make the whole file unreadable: it is taken back. */
function writeWhole(descriptor: number, pieces: Iterable<Uint8Array>): void {
  const { size } = fstatSync(descriptor);
  try {
    for (const bytes of pieces)
      for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
}

function attempt<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EEXIST') {
      throw new EngineError('file-access', `${file} exists already. Give the transcript another name.`, { cause });
    }
    if (code === 'ENOSPC')
      throw new EngineError('disk-full', `The disk is full: ${file} cannot be written.`, { cause });
    throw new EngineError('file-access', `The transcript ${file} cannot be written. Give it another place.`, { cause });
  }
}
