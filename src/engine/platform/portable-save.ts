import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { EngineError } from '../errors';
import { fileError } from './file-errors';
import { renameDurably, writeDurably } from './portable-file';
import { removeIntent, writeIntent, type IntentFiles } from './portable-intent';
import type { FileLock } from './file-lock';
import {
  changeCounterOf,
  hasJournal,
  hasWal,
  isSameSignature,
  signatureOf,
  type FileSignature,
} from './portable-signature';

/** Where a save stands; a test stops it there. */
export type SaveStep = 'written' | 'checked' | 'repository-renamed' | 'checkout-renamed';

/** A database image on its way to its file. */
export interface SavedImage {
  file: string;
  bytes: Uint8Array;
  /** What the file is expected to be until it is replaced. */
  before: FileSignature;
  changeCounterBefore: number;
  lock: FileLock | undefined;
}

/** What the file is now: `undefined` when somebody wrote it in the moment after, so that it must be read again. */
export type SavedSignature = FileSignature | undefined;

/**
 * Replaces database files by new images: temporary files, a check that nobody has written meanwhile, renames, all durable. With
 * several, the first decides: after a kill between the renames the others follow when they are next opened.
 *
 * @returns the files' signatures, in their order
 * @throws EngineError `repository-changed` (nothing is changed then), `disk-full`, `file-access`
 */
export function saveImages(images: readonly SavedImage[], onStep: (step: SaveStep) => void): SavedSignature[] {
  const [first, ...others] = images.map((image) => ({
    ...image,
    temporary: `${image.file}.trilobite-${images.length > 1 ? 'pair' : 'new'}-${randomBytes(8).toString('hex')}`,
  }));
  if (first === undefined) return [];
  const all = [first, ...others];
  const intents = others.map((other) => intentFor(first, other));
  try {
    for (const intent of intents) writeIntent(intent, 'preparing');
    const written = all.map(writeTemporary);
    onStep('written');
    for (const image of all) requireUnchanged(image);
    onStep('checked');
    for (const intent of intents) writeIntent(intent, 'ready');
    const signatures = [renameInto(first, written[0])];
    onStep('repository-renamed');
    others.forEach((image, index) => {
      signatures.push(renameInto(image, written[index + 1]));
      onStep('checkout-renamed');
      removeIntent(image.file);
    });
    return signatures;
  } catch (error) {
    abandon(first, others);
    throw fileError(error, first.file);
  }
}

/** Replaces a file that nobody else can have open. */
export function savePrivateImage(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.trilobite-new-${randomBytes(8).toString('hex')}`;
  try {
    writeDurably(temporary, bytes, file);
    renameDurably(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw fileError(error, file);
  }
}

/** Removes what a killed process left of a save of one file. The file's lock is held. */
export function removeStrayTemporaries(file: string): void {
  const prefix = `${path.basename(file)}.trilobite-new-`;
  const directory = path.dirname(file);
  for (const name of fs.readdirSync(directory)) {
    if (name.startsWith(prefix)) fs.rmSync(path.join(directory, name), { force: true });
  }
}

interface PreparedImage extends SavedImage {
  temporary: string;
}

function intentFor(repository: PreparedImage, checkout: PreparedImage): IntentFiles {
  return {
    repository: repository.file,
    repositoryTemporary: repository.temporary,
    checkout: checkout.file,
    checkoutTemporary: checkout.temporary,
    checkoutBefore: checkout.before,
  };
}

function writeTemporary(image: PreparedImage): FileSignature | undefined {
  writeDurably(image.temporary, image.bytes, image.file);
  return signatureOf(image.temporary);
}

function requireUnchanged(image: SavedImage): void {
  const isUnchanged =
    isSameSignature(signatureOf(image.file), image.before) &&
    changeCounterOf(image.file) === image.changeCounterBefore &&
    !hasJournal(image.file) &&
    !hasWal(image.file) &&
    image.lock?.isHeld() !== false;
  if (isUnchanged) return;
  throw new EngineError(
    'repository-changed',
    `Another program has written ${image.file} meanwhile, so nothing was saved. Do it again: it will start from what is there now.`,
  );
}

/** A rename keeps everything of the signature but the time of the status change. */
function renameInto(image: PreparedImage, written: FileSignature | undefined): SavedSignature {
  renameDurably(image.temporary, image.file);
  const now = signatureOf(image.file);
  if (now === undefined || written === undefined) return undefined;
  return isSameSignature({ ...now, ctimeNs: written.ctimeNs }, written) ? now : undefined;
}

/** After the first rename the transaction has happened: then the intent stays, to be finished at the next open. */
function abandon(first: PreparedImage, others: readonly PreparedImage[]): void {
  const isPastDecision = others.length > 0 && !fs.existsSync(first.temporary) && isRenamed(first);
  if (isPastDecision) return;
  for (const image of [first, ...others]) fs.rmSync(image.temporary, { force: true });
  for (const image of others) removeIntent(image.file);
}

function isRenamed(image: PreparedImage): boolean {
  return !isSameSignature(signatureOf(image.file), image.before);
}
