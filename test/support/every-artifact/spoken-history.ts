import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Hash } from '../../../src/engine/identifiers';
import type { FossilSandbox } from '../fossil-sandbox';
import type { Seeded } from '../seeded';

/** Check-ins that other artifacts speak about. */
export interface SpokenHistory {
  /** In the order in which they were made. */
  checkins: readonly Hash[];
  /** The last check-in of the trunk. */
  trunk: Hash;
  /** The only check-in of a private branch. */
  privateCheckin: Hash;
}

const DAY = 86_400_000;
const START = Date.UTC(2020, 0, 1);
export const END_OF_SPOKEN_HISTORY = START + 40 * DAY;

/**
 * Lets `fossil` itself make a history, command by command, with everything that check-ins and tags can say about each other. Dates and
 * users are given, so that the same seed makes the same artifacts.
 */
export async function speakHistory(sandbox: FossilSandbox, repository: string, seeded: Seeded): Promise<SpokenHistory> {
  const speaker = new Speaker(sandbox, repository, seeded);
  await speaker.open();
  await startWithSha1Names(speaker);
  await renameAndBranch(speaker);
  await mergeAndPick(speaker);
  await writeDeltaManifests(speaker);
  await tagAndAmend(speaker);
  const privateCheckin = await branchInPrivate(speaker);
  const trunk = speaker.last;
  await speaker.close();
  return { checkins: speaker.checkins, trunk, privateCheckin };
}

/** One checkout, in which commands are given at times that advance. */
class Speaker {
  readonly root: string;
  readonly checkins: Hash[] = [];
  #now = START;

  constructor(
    private readonly sandbox: FossilSandbox,
    private readonly repository: string,
    readonly seeded: Seeded,
  ) {
    this.root = sandbox.path('spoken');
  }

  get last(): Hash {
    const last = this.checkins.at(-1);
    if (last === undefined) throw new Error('nothing has been committed yet');
    return last;
  }

  async open(): Promise<void> {
    await mkdir(this.root);
    await this.fossil('open', this.repository);
  }

  async close(): Promise<void> {
    await this.fossil('close', '--force');
    await rm(this.root, { recursive: true });
  }

  fossil(...args: string[]): Promise<string> {
    return this.sandbox.fossil(args, { cwd: this.root });
  }

  /** A command that takes a date and a user. */
  async dated(...args: string[]): Promise<void> {
    this.#now += 60_000 + this.seeded.below(6 * 3600_000);
    const date = new Date(this.#now).toISOString().slice(0, -1);
    const user = this.seeded.pick(['alice', 'bob', 'Jürgen']);
    await this.fossil(...args, '--date-override', date, '--user-override', user);
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.root, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  /** Writes files, adds and removes what is new and missing, commits. */
  async commit(comment: string, files: Readonly<Record<string, string>>, ...args: string[]): Promise<Hash> {
    await this.write(files);
    await this.fossil('addremove', '--dotfiles');
    await this.dated('commit', '-m', comment, '--no-warnings', '--no-prompt', '--nosign', ...args);
    const [hash] = await this.sandbox.sql(
      this.repository,
      "SELECT uuid FROM blob WHERE rid=(SELECT max(objid) FROM event WHERE type='ci');",
    );
    this.checkins.push(hash as Hash);
    return this.last;
  }

  /** Merges; a conflict is for the caller to resolve. */
  async merge(...args: string[]): Promise<void> {
    await this.fossil('merge', ...args).catch(() => '');
  }

  lines(from: number, to: number): string {
    const line = (index: number): string => `line ${index} of a file that is long enough, ${this.seeded.seed}\n`;
    return Array.from({ length: to - from }, (_, index) => line(from + index)).join('');
  }
}

/** The project was begun with SHA-1; what is unchanged keeps those names for ever. */
async function startWithSha1Names(speaker: Speaker): Promise<void> {
  await speaker.commit('files', {
    'a.txt': speaker.lines(1, 60),
    'dir/b.txt': speaker.lines(100, 160),
    'dir/other.txt': speaker.lines(300, 320),
    'c c.txt': 'with a space\n',
    'größe/naïve – файл.txt': 'a name in UTF-8\n',
    'run.sh': '#!/bin/sh\n',
  });
  await speaker.commit('edit a', { 'a.txt': `${speaker.lines(1, 60)}more\n` });
  await speaker.fossil('hash-policy', 'sha3');
}

async function renameAndBranch(speaker: Speaker): Promise<void> {
  await speaker.fossil('mv', '--hard', 'dir/b.txt', 'dir/renamed.txt');
  await speaker.commit('rename b: «größer», see [trunk] and https://example.org/', {});
  await chmod(path.join(speaker.root, 'run.sh'), 0o755);
  await speaker.fossil('settings', 'allow-symlinks', 'on');
  await symlink('a.txt', path.join(speaker.root, 'link'));
  await speaker.commit('permissions and a link', {});
  await speaker.commit(
    'start a branch',
    { 'branch.txt': speaker.lines(200, 260) },
    '--branch',
    'feature',
    '--bgcolor',
    '#ffeeee',
  );
  await speaker.fossil('mv', '--hard', 'dir/renamed.txt', 'dir/again.txt');
  await speaker.commit(`on the branch, after [${speaker.last.slice(0, 10)}]`, {
    'a.txt': `${speaker.lines(1, 60)}from the branch\n`,
  });
}

async function mergeAndPick(speaker: Speaker): Promise<void> {
  const branchTip = speaker.last;
  await speaker.fossil('update', 'trunk');
  await speaker.commit('on trunk', { 'trunk.txt': 'trunk\n', 'dir/renamed.txt': `${speaker.lines(100, 160)}end\n` });
  await speaker.merge('--cherrypick', branchTip);
  await speaker.commit('cherry-pick', { 'a.txt': `${speaker.lines(1, 60)}picked\n` });
  const picked = speaker.last;
  await speaker.merge('--backout', picked);
  await speaker.commit('back out', { 'a.txt': `${speaker.lines(1, 60)}more and more\n` });
  await speaker.merge('feature');
  await speaker.commit('merge', { 'a.txt': `${speaker.lines(1, 60)}merged\n` });
  await speaker.commit('a short branch', { 'short.txt': 'short\n' }, '--branch', 'short-lived');
  await speaker.fossil('update', 'trunk');
  await speaker.commit('beside it', { 'trunk.txt': 'trunk goes on\n' });
  await speaker.merge('--integrate', 'short-lived');
  await speaker.commit('merge and close', {});
  await speaker.fossil('rm', '--hard', 'c c.txt');
  await speaker.commit('remove a file', {}, '--tag', 'release-1');
}

async function writeDeltaManifests(speaker: Speaker): Promise<void> {
  const many = Object.fromEntries(
    Array.from({ length: 24 }, (_, index) => [`many/${String(index).padStart(2, '0')}.txt`, `file ${index}\n`]),
  );
  await speaker.commit('many files', many, '--baseline');
  await speaker.commit('a delta', { 'many/03.txt': 'changed\n' }, '--delta');
  await speaker.fossil('rm', '--hard', 'many/04.txt');
  await speaker.commit('a delta that removes', { 'many/05.txt': 'changed too\n' }, '--delta');
  await speaker.commit(
    'a delta that reverts and resurrects',
    { 'many/03.txt': 'file 3\n', 'many/04.txt': 'file 4\n' },
    '--delta',
  );
  await speaker.fossil('mv', '--hard', 'many/06.txt', 'many/six.txt');
  await speaker.commit('a delta that renames', {}, '--delta');
  await speaker.fossil('settings', 'forbid-delta-manifests', 'on');
  await speaker.commit('no delta', { 'many/07.txt': 'changed as well\n' });
  await speaker.fossil('unset', 'forbid-delta-manifests');
}

async function tagAndAmend(speaker: Speaker): Promise<void> {
  const { checkins, last } = speaker;
  const [early = last, , branched = last, , , onBranch = last] = checkins;
  await speaker.dated('tag', 'add', 'v1', last);
  await speaker.dated('tag', 'add', '--propagate', 'campaign', early, 'with a "value" & <more>');
  await speaker.dated('tag', 'add', '--raw', 'odd-property', branched, 'raw');
  await speaker.dated('tag', 'cancel', 'release-1', 'tag:release-1');
  await speaker.dated('amend', onBranch, '-m', 'an edited comment', '--author', 'bob', '--date', '2020-01-02 03:04:05');
  await speaker.dated('amend', last, '--bgcolor', '#aabbcc', '--tag', 'amended');
  await speaker.dated('amend', last, '--cancel', 'amended');
  await speaker.dated('amend', onBranch, '--close', '--hide', '--branchcolor', '#ccddee');
  await speaker.dated('branch', 'new', 'side', 'trunk', '--bgcolor', '#00ff00', '--nosign');
  await speaker.fossil('update', 'side');
  await speaker.commit('on the side', { 'side.txt': 'side\n' });
  await speaker.commit('more on the side', { 'side.txt': 'more on the side\n' });
  await speaker.dated('amend', speaker.last, '--branch', 'moved');
  await speaker.dated('branch', 'close', 'moved');
  await speaker.dated('branch', 'hide', 'moved');
  await speaker.dated('branch', 'reopen', 'moved');
  await speaker.fossil('update', 'trunk');
  await speaker.commit('last of all', { 'last.txt': 'last\n' });
}

/** What is private stays here; a public check-in after it does not mention it. */
async function branchInPrivate(speaker: Speaker): Promise<Hash> {
  const secret = await speaker.commit(
    'a secret',
    { 'secret.txt': speaker.lines(400, 410) },
    '--branch',
    'hidden-work',
    '--private',
  );
  await speaker.fossil('update', 'trunk');
  await speaker.commit('in public again', { 'last.txt': 'last, and public\n' });
  return secret;
}
