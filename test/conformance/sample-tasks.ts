import { EngineError } from '../../src/engine/errors';
import type { Task } from '../../src/engine/platform/pool';

export const reverse: Task<Uint8Array, { reversed: Uint8Array; sha3: string }> = {
  name: 'reverse',
  run: (input, { hash }) => {
    const reversed = Uint8Array.from(input).reverse();
    return { reversed, sha3: hash.hex('sha3-256', reversed) };
  },
  transfer: ({ reversed }) => (reversed.buffer instanceof ArrayBuffer ? [reversed.buffer] : []),
};

export const inflate: Task<{ stream: Uint8Array; size: number }, Uint8Array> = {
  name: 'inflate',
  run: ({ stream, size }, { zlib }) => zlib.inflate(stream, size),
};

export const refuse: Task<string, never> = {
  name: 'refuse',
  run: (message) => {
    throw new EngineError('hash-mismatch', message);
  },
};

export const stumble: Task<string, never> = {
  name: 'stumble',
  run: (message) => {
    throw new TypeError(message);
  },
};

/** Computes for that many milliseconds. @returns when, in Unix milliseconds */
export const labour: Task<number, { begin: number; end: number }> = {
  name: 'labour',
  run: (milliseconds) => {
    const begin = Date.now();
    while (Date.now() < begin + milliseconds);
    return { begin, end: Date.now() };
  },
};

export const sampleTasks = [reverse, inflate, refuse, stumble, labour];
