import * as fs from 'node:fs';
import { isSameSignature, signatureOf, type FileSignature } from './portable-signature';
import { renameDurably, writeDurably } from './portable-file';

/**
 * The note beside a checkout database that makes two renames one: while it stands, a kill between them can be told and repaired.
 * `preparing`: the temporary files may be half written. `ready`: both are whole, and the repository's rename decides.
 */
interface Intent {
  state: 'preparing' | 'ready';
  repository: string;
  repositoryTemporary: string;
  checkoutTemporary: string;
  /** The checkout database that the new one is made from; someone else's newer one is not replaced. */
  checkoutBefore: Record<keyof FileSignature, string>;
}

export interface IntentFiles {
  repository: string;
  repositoryTemporary: string;
  checkout: string;
  checkoutTemporary: string;
  checkoutBefore: FileSignature;
}

export function writeIntent(files: IntentFiles, state: Intent['state']): void {
  const { size, mtimeNs, ctimeNs, inode, device } = files.checkoutBefore;
  const intent: Intent = {
    state,
    repository: files.repository,
    repositoryTemporary: files.repositoryTemporary,
    checkoutTemporary: files.checkoutTemporary,
    checkoutBefore: {
      size: String(size),
      mtimeNs: String(mtimeNs),
      ctimeNs: String(ctimeNs),
      inode: String(inode),
      device: String(device),
    },
  };
  const file = intentFileOf(files.checkout);
  const temporary = `${file}-new`;
  fs.rmSync(temporary, { force: true });
  writeDurably(temporary, Buffer.from(JSON.stringify(intent)));
  renameDurably(temporary, file);
}

export function removeIntent(checkout: string): void {
  fs.rmSync(intentFileOf(checkout), { force: true });
}

export function hasIntent(checkout: string): boolean {
  return fs.existsSync(intentFileOf(checkout));
}

/** Ends what a killed process began: forward when the repository's rename had happened, else back. The checkout's lock is held. */
export function finishIntent(checkout: string): void {
  const intent = readIntent(checkout);
  if (intent === undefined) return;
  const isRepositoryRenamed =
    intent.state === 'ready' && !fs.existsSync(intent.repositoryTemporary) && fs.existsSync(intent.repository);
  if (isRepositoryRenamed && fs.existsSync(intent.checkoutTemporary) && isUntouched(checkout, intent)) {
    renameDurably(intent.checkoutTemporary, checkout);
  }
  fs.rmSync(intent.checkoutTemporary, { force: true });
  fs.rmSync(intent.repositoryTemporary, { force: true });
  removeIntent(checkout);
}

function isUntouched(checkout: string, { checkoutBefore: before }: Intent): boolean {
  return isSameSignature(signatureOf(checkout), {
    size: BigInt(before.size),
    mtimeNs: BigInt(before.mtimeNs),
    ctimeNs: BigInt(before.ctimeNs),
    inode: BigInt(before.inode),
    device: BigInt(before.device),
  });
}

function intentFileOf(checkout: string): string {
  return `${checkout}.trilobite-intent`;
}

function readIntent(checkout: string): Intent | undefined {
  if (!hasIntent(checkout)) return undefined;
  // Written by a rename, so it is whole.
  return JSON.parse(fs.readFileSync(intentFileOf(checkout), 'utf8')) as Intent;
}
