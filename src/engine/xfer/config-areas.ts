import { EngineError } from '../errors';

/** Groups of configuration, in the order in which Fossil looks for a name (fossil.md 4.4). */
export const CONFIG_AREAS = [
  'email', 'project', 'skin', 'css', 'shun', 'ticket', 'user', 'xfer', 'alias', 'subscriber', 'interwiki', 'all',
] as const; // prettier-ignore

export type ConfigArea = (typeof CONFIG_AREAS)[number];

/** Areas that hold credentials or addresses: they are given to administrators alone. */
export const SENSITIVE_AREAS: ReadonlySet<ConfigArea> = new Set(['user', 'subscriber', 'email']);

/**
 * Names of the `config` table that travel, by area. Anything else stays where it is, also the scripts that Fossil 2.21 still lets travel
 * (`tcl`, `tcl-setup`, `th1-docs`, `th1-hooks`, `th1-setup`): later versions found that they let one repository run code in another.
 */
const NAMES: Readonly<Partial<Record<ConfigArea, readonly string[]>>> = {
  css: ['css'],
  skin: [
    'header', 'mainmenu', 'footer', 'details', 'js', 'default-skin', 'logo-mimetype', 'logo-image',
    'background-mimetype', 'background-image', 'icon-mimetype', 'icon-image', 'timeline-block-markup', 'timeline-date-format',
    'timeline-default-style', 'timeline-dwelltime', 'timeline-closetime', 'timeline-max-comment', 'timeline-plaintext',
    'timeline-truncate-at-blank', 'timeline-tslink-info', 'timeline-utc', 'adunit', 'adunit-omit-if-admin',
    'adunit-omit-if-user', 'default-csp', 'sitemap-extra', 'safe-html', 'th1-uri-regexp',
  ],
  ticket: [
    'ticket-table', 'ticket-common', 'ticket-change', 'ticket-newpage', 'ticket-viewpage', 'ticket-editpage',
    'ticket-reportlist', 'ticket-report-template', 'ticket-key-template', 'ticket-title-expr', 'ticket-closed-expr',
    'th1-uri-regexp',
  ],
  project: [
    'project-name', 'short-project-name', 'project-description', 'index-page', 'manifest', 'binary-glob', 'clean-glob',
    'ignore-glob', 'keep-glob', 'crlf-glob', 'crnl-glob', 'encoding-glob', 'empty-dirs', 'dotfiles', 'parent-project-code',
    'parent-project-name', 'hash-policy', 'comment-format', 'mimetypes', 'forbid-delta-manifests', 'mv-rm-files',
  ],
  user: ['user-color-map'],
  xfer: ['xfer-common-script', 'xfer-push-script', 'xfer-commit-script', 'xfer-ticket-script', 'th1-uri-regexp'],
}; // prettier-ignore

/** Families of names that travel, by what they begin with. */
const PREFIXES: Readonly<Partial<Record<ConfigArea, string>>> = { alias: 'walias:/', interwiki: 'interwiki:' };

/** Key and columns of the other tables that travel. */
export interface ConfigTableShape {
  table: string;
  area: ConfigArea;
  key: string;
  columns: readonly string[];
  /** Columns that are left out of a row when they are empty. */
  omitsNull?: boolean;
}

export const CONFIG_TABLES: readonly ConfigTableShape[] = [
  { table: 'shun', area: 'shun', key: 'uuid', columns: ['scom'] },
  { table: 'user', area: 'user', key: 'login', columns: ['pw', 'cap', 'info', 'photo', 'jx'], omitsNull: true },
  {
    table: 'reportfmt',
    area: 'ticket',
    key: 'title',
    columns: ['owner', 'cols', 'sqlcode', 'jx'],
    omitsNull: true,
  },
  { table: 'concealed', area: 'email', key: 'hash', columns: ['content'] },
  {
    table: 'subscriber',
    area: 'subscriber',
    key: 'semail',
    columns: ['suname', 'sdigest', 'sdonotcall', 'ssub', 'sctime', 'smip'],
  },
];

/** @returns whether rows of `area` belong to the chosen one */
export function includesArea(chosen: ConfigArea, area: ConfigArea): boolean {
  return chosen === 'all' || chosen === area || (chosen === 'skin' && area === 'css');
}

/** The areas that a name of the `config` table belongs to; none for one that does not travel. */
export function areasOfName(name: string): ConfigArea[] {
  return CONFIG_AREAS.filter((area) => NAMES[area]?.includes(name) === true || name.startsWith(PREFIXES[area] ?? '\0'));
}

/** Names that an area has for sure; families of names are found by {@link areasOfName} alone. */
export function namesOfArea(chosen: ConfigArea): string[] {
  return CONFIG_AREAS.filter((area) => includesArea(chosen, area)).flatMap((area) => NAMES[area] ?? []);
}

/** The area that begins with `text`, as Fossil finds it. @throws EngineError `usage` naming all */
export function parseConfigArea(text: string): ConfigArea {
  const area = CONFIG_AREAS.find((name) => text !== '' && name.startsWith(text));
  if (area !== undefined) return area;
  throw new EngineError('usage', `There is no configuration area "${text}". Choose one of ${CONFIG_AREAS.join(', ')}.`);
}
