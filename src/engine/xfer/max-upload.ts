import type { Repository } from '../repository/repository';
import { setting } from '../repository/settings';

/** Unless the setting `max-upload` says otherwise (fossil.md 2.7). */
const MAX_UPLOAD = 250_000;

/** Soft size of a message in bytes, uncompressed. */
export function maxUpload(repository: Repository): number {
  const bytes = Number(setting(repository, 'max-upload') ?? MAX_UPLOAD);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : MAX_UPLOAD;
}
