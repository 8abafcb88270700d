import { createInflate, inflateSync } from 'node:zlib';
import { pipeline, Readable } from 'node:stream';
import { declaredSize } from '../codec/container';
import { HttpRefusal } from './http-refusal';
import type { HttpLimits } from './http-limits';
import { MessageSpool } from './message-spool';
import type { SpoolRoom } from './spool-room';

const COMPRESSED_TYPE = /^\s*application\/x-fossil\s*(?:;|$)/i;
const HEADER_LENGTH = 4;
/** Deflate packs at most so many bytes into one. */
const MOST_BYTES_FROM_ONE = 1032;

/**
 * Receives a sync message and undoes its container, in memory or into a temporary file. A body that does not inflate is taken as it is, as
 * Fossil does, while it is small.
 * @param body - each piece is the receiver's to keep
 * @param length - of the body, as the client has announced it
 * @returns the message; whoever has it closes it
 * @throws HttpRefusal 413, before anything is inflated; 400; 503 when others have taken the room
 */
export async function receiveMessage(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  length: number | undefined,
  limits: HttpLimits,
  room: SpoolRoom,
): Promise<MessageSpool> {
  if (length !== undefined && length > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  const spool = new MessageSpool(limits.memoryBytes, room);
  try {
    const arriving = limited(body, limits.bodyBytes);
    if (!COMPRESSED_TYPE.test(contentType)) for await (const piece of arriving) append(spool, piece, limits);
    else await inflateInto(spool, arriving, limits);
    return spool;
  } catch (error) {
    spool.close();
    throw error;
  }
}

async function inflateInto(spool: MessageSpool, body: AsyncIterator<Uint8Array>, limits: HttpLimits): Promise<void> {
  const start = await gather(body, limits.memoryBytes);
  const { bytes, isWhole } = start;
  const declared = bytes.length <= HEADER_LENGTH ? 0 : declaredSize(bytes);
  if (declared > limits.messageBytes) throw tooLarge(limits.messageBytes);
  if (isWhole && declared <= limits.memoryBytes) {
    const message = bytes.length <= HEADER_LENGTH ? new Uint8Array(0) : (inflateWhole(bytes, declared) ?? bytes);
    append(spool, message, limits);
    return;
  }
  const inflating = createInflate();
  // A failure of either stream ends the loop below.
  pipeline(Readable.from(compressedPieces(bytes, body), { objectMode: false }), inflating, () => undefined);
  try {
    for await (const piece of inflating as AsyncIterable<Uint8Array>) {
      if (spool.length + piece.length > declared) throw malformed();
      spool.append(piece);
    }
  } catch (error) {
    throw error instanceof HttpRefusal || !isZlibError(error) ? error : malformed();
  }
  if (spool.length !== declared) throw malformed();
}

function inflateWhole(container: Uint8Array, declared: number): Uint8Array | undefined {
  if (declared > container.length * MOST_BYTES_FROM_ONE) return undefined;
  try {
    const options = { chunkSize: Math.max(64, declared + 1), maxOutputLength: Math.max(1, declared) };
    const message = inflateSync(container.subarray(HEADER_LENGTH), options);
    return message.length === declared ? message : undefined;
  } catch {
    return undefined;
  }
}

async function* compressedPieces(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield start.subarray(HEADER_LENGTH);
  for (let step = await rest.next(); step.done !== true; step = await rest.next()) yield step.value;
}

/** @returns what came until there was more than `size`, or the end */
async function gather(body: AsyncIterator<Uint8Array>, size: number): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const step = await body.next();
    if (step.done === true) return { bytes: Buffer.concat(pieces), isWhole: true };
    pieces.push(step.value);
    length += step.value.length;
    if (length > size) return { bytes: Buffer.concat(pieces), isWhole: false };
  }
}

function append(spool: MessageSpool, piece: Uint8Array, { messageBytes }: HttpLimits): void {
  if (spool.length + piece.length > messageBytes) throw tooLarge(messageBytes);
  spool.append(piece);
}

async function* limited(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array, void> {
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > limit) throw tooLarge(limit);
    yield piece;
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

function tooLarge(limit: number): HttpRefusal {
  return new HttpRefusal(
    413,
    `The message is larger than the ${limit} bytes that this server takes. Send less at once.`,
  );
}

function malformed(): HttpRefusal {
  return new HttpRefusal(400, 'The message is damaged: it cannot be unpacked.');
}
