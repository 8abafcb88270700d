import type { Repository } from './repository';

/** Where others reach this repository: what the setting `email-url` says, once the repository has been served there (fossil.md 2.3). */
export function publicUrl({ config }: Repository): string | undefined {
  const url = config.get('email-url');
  return url === undefined || config.get(`baseurl:${url}`) === undefined ? undefined : url;
}
