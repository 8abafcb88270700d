import type { Checkout } from '../checkout/checkout';
import { writeManifestFiles } from '../checkout/manifest-files';
import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import { changeGlobalSetting, globalSettings } from '../repository/global-config';
import type { Repository } from '../repository/repository';
import { VERSIONABLE_SETTINGS } from '../repository/setting-names';
import type { Interaction } from './interaction';
import { withPermission } from './with-checkout';

/** A setting as it holds. */
export interface SettingEntry {
  name: string;
  value?: string;
  /** Where the value comes from; absent when it has none. */
  scope?: 'local' | 'global';
  /** A file in `.fossil-settings/` of the checkout overrides it. */
  isVersioned: boolean;
}

/** Whose settings: those of a repository, seen from a checkout where there is one, or the user's own alone. */
export interface SettingsOwner {
  repository?: Repository;
  checkout?: Checkout;
}

export async function readSettings(
  environment: Environment,
  owner: SettingsOwner,
  names: readonly string[],
): Promise<SettingEntry[]> {
  const globals = globalSettings(environment);
  return Promise.all(
    names.map(async (name) => {
      const isVersioned = await isVersionedHere(owner.checkout, name);
      const local = owner.repository?.config.get(name);
      if (local !== undefined) return { name, value: local, scope: 'local' as const, isVersioned };
      const global = globals.get(name);
      return global === undefined
        ? { name, isVersioned }
        : { name, value: global, scope: 'global' as const, isVersioned };
    }),
  );
}

/** Sets, or with `undefined` unsets, a setting of the repository. The checkout's manifest files follow their setting. */
export async function changeSetting(
  repository: Repository,
  checkout: Checkout | undefined,
  name: string,
  value: string | undefined,
): Promise<void> {
  repository.transaction(() => {
    if (value === undefined) repository.config.remove(name);
    else repository.config.set(name, value);
  });
  if (name === 'manifest' && checkout !== undefined) await writeManifestFiles(checkout);
}

/** Sets, or with `undefined` unsets, a setting of the user. @throws EngineError `usage` for one that is of a repository alone */
export async function changeUserSetting(
  environment: Environment,
  interaction: Interaction,
  name: string,
  value: string | undefined,
): Promise<void> {
  if (name === 'manifest')
    throw new EngineError('usage', 'The setting "manifest" belongs to a repository: leave --global out.');
  await withPermission("the user's global settings", interaction, (allowPortableWrites) =>
    changeGlobalSetting(environment, name, value, { allowPortableWrites }),
  );
}

async function isVersionedHere(checkout: Checkout | undefined, name: string): Promise<boolean> {
  if (checkout === undefined || !VERSIONABLE_SETTINGS.has(name)) return false;
  return (await checkout.environment.fs.status(checkout.absolute(`.fossil-settings/${name}`)))?.kind === 'file';
}
