import * as path from 'node:path';
import { type ArtifactStanding, explainStanding, type Relative } from '../engine/operations/artifact-standing';
import { describeRepository, type RepositoryInfo, type RepositoryPlace } from '../engine/operations/repository-info';
import { absolutePath } from './absolute-path';
import { REPOSITORY_OPTION } from './chosen-repository';
import type { Command, CommandContext } from './command';
import { COMMENT_FORMAT_OPTIONS, readingHistory } from './history-source';
import { type OutputStyle, outputStyle } from './output-style';
import { formatTime } from './time-format';

const LABEL_COLUMNS = 14;
const PLACE_COLUMNS = 54;
/** Digits of a hash that `fossil info` shows. */
const HASH_DIGITS = 40;
/** Repository files are whole blocks of so many bytes. */
const BLOCK = 512;

export const infoCommand: Command = {
  name: 'info',
  usage: '[VERSION|REPOSITORY] [-v] [--comment-format N] [-R FILE]',
  summary: 'Tell about a checkout and its repository, a version, or a repository file',
  options: { ...REPOSITORY_OPTION, ...COMMENT_FORMAT_OPTIONS, verbose: { type: 'boolean', short: 'v' } },
  arity: { least: 0, most: 1 },
  async run(context) {
    const { environment, positionals } = context;
    const [name] = positionals;
    const file = name === undefined ? undefined : await repositoryFile(context, name);
    if (file !== undefined) {
      const info = await describeRepository(environment, { repository: file });
      return { text: [...projectLines(info), ...placeLines(info)].join('\n'), json: info };
    }
    return aboutHistory(context);
  },
};

const aboutHistory = readingHistory(async (context, source) => {
  const { environment, positionals, options } = context;
  const [name] = positionals;
  const style = await outputStyle(context, source);
  if (name !== undefined) {
    const standing = await explainStanding(environment, source, name);
    return { text: standingLines('hash:', standing, style).join('\n'), json: standing };
  }
  const info = await describeRepository(environment, source);
  const layout = { ...style, isVerbose: options['verbose'] === true };
  return { text: overview(info, layout).join('\n'), json: info };
});

/** @returns the absolute path, when the argument names a file that can be a repository */
async function repositoryFile({ environment, terminal }: CommandContext, name: string): Promise<string | undefined> {
  const file = absolutePath(terminal, name);
  const status = await environment.fs.status(file);
  return status?.kind === 'file' && status.size > 0 && status.size % BLOCK === 0 ? file : undefined;
}

function overview(info: RepositoryInfo, layout: OutputStyle & { isVerbose: boolean }): string[] {
  const [title = '', ...project] = projectLines(info);
  const isCheckout = info.root !== undefined;
  return [
    title,
    ...(isCheckout ? [line('repository:', info.repository), line('local-root:', `${info.root}${path.sep}`)] : []),
    ...(layout.isVerbose ? placeLines(info) : []),
    ...(isCheckout && info.globalConfig !== undefined ? [line('config-db:', info.globalConfig)] : []),
    ...project,
    ...(info.checkin === undefined ? [] : standingLines('checkout:', info.checkin, layout)),
    line('check-ins:', String(info.checkins)),
  ];
}

function projectLines({ projectName, projectCode, parentProject }: RepositoryInfo): string[] {
  return [
    line('project-name:', projectName ?? '<unnamed>'),
    line('project-code:', projectCode ?? '<none>'),
    ...(parentProject === undefined ? [] : [line('derived-from:', `${parentProject.code} ${parentProject.name}`)]),
  ];
}

function placeLines({ root, checkouts, urls }: RepositoryInfo): string[] {
  const placeLine = (label: string, { place, time }: RepositoryPlace): string =>
    line(label, `${place.padEnd(PLACE_COLUMNS)} ${formatTime(time * 1000).slice(0, 10)}`);
  return [
    ...checkouts.map((known) => placeLine(root === undefined ? 'check-out:' : 'alt-root:', known)),
    ...urls.map((known) => placeLine('access-url:', known)),
  ];
}

function standingLines(label: string, standing: ArtifactStanding, { fold }: OutputStyle): string[] {
  const { comment, user, tags } = standing;
  const stamp = (time: number | undefined): string => (time === undefined ? '' : `${formatTime(time)} UTC`);
  const hashLine = (name: string, { hash, time }: { hash: string; time?: number }): string =>
    line(name, `${hash.slice(0, HASH_DIGITS)} ${stamp(time)}`);
  const family = (relatives: readonly Relative[], direct: string, merged: string): string[] =>
    relatives.map((relative) => hashLine(relative.isPrimary ? direct : merged, relative));
  return [
    hashLine(label, standing),
    ...family(standing.parents, 'parent:', 'merged-from:'),
    ...family(standing.children, 'child:', 'merged-into:'),
    ...(tags.length === 0 ? [] : [line('tags:', tags.join(', '))]),
    ...(comment === undefined ? [] : [line('comment:', fold(`${comment} (user: ${user ?? '?'})`, LABEL_COLUMNS))]),
  ];
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_COLUMNS)}${text}`;
}
