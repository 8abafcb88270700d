import { textOf } from '../codec/utf8';
import { VERSIONABLE_SETTINGS } from '../repository/setting-names';
import { setting } from '../repository/settings';
import type { Checkout } from './checkout';
import { GlobList } from './glob-list';

/** Which manifest files stand in the root (fossil.md 8.4). */
export interface ManifestFileSetting {
  manifest: boolean;
  hash: boolean;
  tags: boolean;
}

/** A setting as it holds for a checkout: a versioned file in `.fossil-settings/` overrides repository and user (fossil.md 8.4). */
export async function checkoutSetting(checkout: Checkout, name: string): Promise<string | undefined> {
  return (await versionedSetting(checkout, name)) ?? unversionedSetting(checkout, name);
}

/** A setting of the repository, else of the user. */
export function unversionedSetting(checkout: Checkout, name: string): string | undefined {
  return setting(checkout.repository, name);
}

/** A boolean setting of the repository, else of the user. */
export function unversionedFlag(checkout: Checkout, name: string, byDefault: boolean): boolean {
  return readFlag(unversionedSetting(checkout, name), byDefault);
}

export async function checkoutFlag(checkout: Checkout, name: string, byDefault: boolean): Promise<boolean> {
  return readFlag(await checkoutSetting(checkout, name), byDefault);
}

export async function checkoutGlobs(checkout: Checkout, name: string): Promise<GlobList> {
  return new GlobList((await checkoutSetting(checkout, name)) ?? '');
}

/** Whether symbolic links are managed as links. Off by default: a link is then a text file that holds its target. */
export function allowsSymlinks(checkout: Checkout): boolean {
  if (checkout.environment.platform === 'win32') return false;
  return unversionedFlag(checkout, 'allow-symlinks', false);
}

export async function manifestFileSetting(checkout: Checkout): Promise<ManifestFileSetting> {
  const value = (await checkoutSetting(checkout, 'manifest')) ?? 'off';
  if (isOff(value)) return { manifest: false, hash: false, tags: false };
  if (isOn(value)) return { manifest: true, hash: true, tags: false };
  return { manifest: value.includes('r'), hash: value.includes('u'), tags: value.includes('t') };
}

async function versionedSetting(checkout: Checkout, name: string): Promise<string | undefined> {
  if (!VERSIONABLE_SETTINGS.has(name)) return undefined;
  const path = checkout.absolute(`.fossil-settings/${name}`);
  if ((await checkout.environment.fs.status(path))?.kind !== 'file') return undefined;
  return textOf(await checkout.environment.fs.read(path))
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim();
}

function readFlag(value: string | undefined, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (isOn(value)) return true;
  return isOff(value) ? false : byDefault;
}

function isOn(value: string): boolean {
  return /^(on|yes|true)$/i.test(value) || Number.parseInt(value, 10) > 0;
}

function isOff(value: string): boolean {
  return value === '' || /^(off|no|false|0)$/i.test(value);
}
