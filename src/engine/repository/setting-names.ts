import { EngineError } from '../errors';

/** The settings that Fossil 2.21 knows, by name. */
const NAMES = [
  'access-log', 'admin-log', 'allow-symlinks', 'auto-captcha', 'auto-hyperlink', 'auto-hyperlink-delay',
  'auto-hyperlink-mouseover', 'auto-shun', 'autosync', 'autosync-tries', 'backoffice-disable', 'backoffice-logfile',
  'backoffice-nodelay', 'binary-glob', 'case-sensitive', 'chat-alert-sound', 'chat-initial-history',
  'chat-inline-images', 'chat-keep-count', 'chat-keep-days', 'chat-poll-timeout', 'chat-timeline-user', 'clean-glob',
  'clearsign', 'comment-format', 'crlf-glob', 'crnl-glob', 'default-csp', 'default-perms', 'diff-binary',
  'diff-command', 'dont-commit', 'dont-push', 'dotfiles', 'editor', 'email-admin', 'email-listid',
  'email-renew-interval', 'email-self', 'email-send-command', 'email-send-db', 'email-send-dir', 'email-send-method',
  'email-send-relayhost', 'email-subname', 'email-url', 'empty-dirs', 'encoding-glob', 'exec-rel-paths',
  'fileedit-glob', 'forbid-delta-manifests', 'gdiff-command', 'gmerge-command', 'hash-digits', 'hooks', 'http-port',
  'https-login', 'ignore-glob', 'keep-glob', 'large-file-size', 'localauth', 'lock-timeout', 'main-branch',
  'mainmenu', 'manifest', 'max-cache-entry', 'max-loadavg', 'max-upload', 'mimetypes', 'mtime-changes',
  'mv-rm-files', 'pgp-command', 'preferred-diff-type', 'proxy', 'redirect-to-https', 'relative-paths', 'repo-cksum',
  'repolist-skin', 'safe-html', 'self-pw-reset', 'self-register', 'sitemap-extra', 'ssh-command', 'ssl-ca-location',
  'ssl-identity', 'tcl', 'tcl-setup', 'tclsh', 'th1-docs', 'th1-hooks', 'th1-setup', 'th1-uri-regexp',
  'ticket-default-report', 'user-color-map', 'uv-sync', 'web-browser',
] as const; // prettier-ignore

/** Settings that a file in `.fossil-settings/` of the checkout overrides (fossil.md 8.4). */
export const VERSIONABLE_SETTINGS: ReadonlySet<string> = new Set([
  'binary-glob',
  'clean-glob',
  'crlf-glob',
  'crnl-glob',
  'dotfiles',
  'empty-dirs',
  'encoding-glob',
  'ignore-glob',
  'keep-glob',
  'manifest',
  'mimetypes',
]);

/** Settings whose names begin with `text`. @param options.exact - only the one that has that name */
export function settingsNamed(text: string, options: { exact: boolean }): string[] {
  return NAMES.filter((name) => (options.exact ? name === text : name.startsWith(text)));
}

/** The one setting that `text` names, or begins. @throws EngineError `usage` when there is none, or several */
export function requireSetting(text: string, options: { exact: boolean }): string {
  const candidates = settingsNamed(text, options);
  const [only, ...others] = candidates.includes(text) ? [text] : candidates;
  if (only === undefined) throw noSetting(text);
  if (others.length === 0) return only;
  throw new EngineError('usage', `"${text}" may mean several settings: ${candidates.join(', ')}. Give more letters.`);
}

export function noSetting(text: string): EngineError {
  return new EngineError('usage', `There is no setting "${text}"; "trilobite settings" lists them.`);
}
