import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { runFossil } from '../../support/run-fossil';
import { makeHistory } from '../repository/history';
import { drivers, FossilFixture } from '../checkout/fossil-fixture';
import { CommandLine } from './command-line';

for (const driver of drivers) {
  describe(`what the repository holds, on the command line with the ${driver} driver`, () => {
    let fixture: FossilFixture;
    let line: CommandLine;
    let root: string;
    before(async () => {
      fixture = await FossilFixture.create(driver);
      line = await CommandLine.create(driver);
      root = await makeHistory(fixture);
      const fossil = (...args: string[]): Promise<string> => fixture.fossil(root, ...args);
      await fixture.write(root, { '../page.txt': 'A page\n', '../attached.txt': 'attached\n' });
      await fossil('wiki', 'create', 'Some Page', '../page.txt');
      await fossil('attachment', 'add', 'Some Page', '../attached.txt');
      await fossil('wiki', 'create', 'a note', '../page.txt', '--technote', '2021-03-04 05:06:07');
      await fossil('ticket', 'add', 'title', 'A ticket');
      await fixture.fossilCommit(root, 'bytes', { bin: '\u0000ÿ', 'exe.sh': '#!/bin/sh\n' });
      await fs.appendFile(`${root}/a.txt`, 'changed on disk\n');
      await fixture.write(root, { 'new.txt': 'new\n' });
      await fossil('add', 'new.txt');
      await fossil('rm', 'trunk.txt');
      await fs.rm(`${root}/last.txt`);
    });
    after(async () => {
      await line.remove();
      await fixture.remove();
    });

    const ours = (...args: string[]): Promise<string> => line.succeed(args, { directory: root });
    const isSame = async (...args: string[]): Promise<void> =>
      assert.equal(await ours(...args), await fixture.fossil(root, ...args), args.join(' '));
    const artifacts = async (): Promise<string[]> =>
      [...(await fixture.fossil(root, 'sql', 'SELECT uuid FROM blob ORDER BY rid')).matchAll(/[0-9a-f]{40,64}/g)].map(
        ([hash]) => hash,
      );

    it('finfo tells what fossil finfo tells, of a file that kept its name', async () => {
      await isSame('finfo', 'a.txt');
      await isSame('finfo', '-l', 'a.txt', '-n', '2');
      await isSame('finfo', 'a.txt', '--limit', '1', '--offset', '1');
      await isSame('finfo', '-b', 'a.txt');
      await isSame('finfo', 'a.txt', '-W', '40');
      await isSame('finfo', '-p', 'a.txt');
      await isSame('finfo', '-p', '-r', 'feature', 'a.txt');
      await isSame('finfo', '-i', 'a.txt');
      await isSame('finfo', '-i', '-v', '-r', 'feature', 'a.txt');
      for (const name of ['a.txt', 'new.txt', 'trunk.txt', 'dir/renamed.txt', 'nothing'])
        await isSame('finfo', '-s', name);
    });

    it('finfo takes a name in letters of any case where case does not count, as fossil does', async () => {
      for (const mode of [[], ['-b'], ['-s'], ['-p'], ['-i']]) {
        await isSame('finfo', '--case-sensitive', 'no', ...mode, 'A.TXT');
        await isSame('finfo', '--case-sensitive', 'off', ...mode, 'a.txt');
      }
      await isSame('finfo', '-s', '--case-sensitive', 'yes', 'A.TXT');
      const refusal = async (...args: string[]): Promise<string> =>
        (await line.run(['finfo', ...args], { directory: root })).complaints;
      assert.match(await refusal('A.TXT'), /no check-in of this repository has a file "A\.TXT"/i);
      assert.match(await refusal('--case-sensitive', 'maybe', 'a.txt'), /takes yes or no, not "maybe"/);
      await fixture.fossil(root, 'settings', 'case-sensitive', 'off');
      await isSame('finfo', 'A.TXT');
      await fixture.fossil(root, 'unset', 'case-sensitive');
    });

    it('finfo follows a file through its renames, from either name', async () => {
      const expected = await fixture.fossil(root, 'finfo', 'dir/renamed.txt');
      assert.equal(await ours('finfo', '--no-renames', 'dir/renamed.txt'), expected);
      const revisions = async (name: string): Promise<string[]> =>
        (
          JSON.parse(await ours('finfo', '--json', name)) as { revisions: { change: string; path: string }[] }
        ).revisions.map(({ change, path }) => `${change} ${path}`);
      const whole = ['edited dir/renamed.txt', 'renamed dir/renamed.txt', 'added dir/b.txt'];
      assert.deepEqual((await revisions('dir/renamed.txt')).slice(-3), whole);
      assert.deepEqual(await revisions('dir/b.txt'), await revisions('dir/renamed.txt'));
      assert.deepEqual(await revisions('c c.txt'), ['deleted c c.txt', 'added c c.txt']);
      assert.match(await ours('finfo', 'dir/renamed.txt'), /renamed: dir\/b.txt -> dir\/renamed.txt/);
    });

    it('info tells what fossil info tells of a checkout, of artifacts of any type, and of a repository', async () => {
      // Which program said it is Fossil's own business.
      const theirs = async (directory: string, ...args: string[]): Promise<string> =>
        (await fixture.fossil(directory, 'info', ...args))
          .replace(/^(?:fossil|version): .*\n/gm, '')
          .replace(`${fixture.directory}/home/`, `${line.path('home')}/`);
      await fs.copyFile(`${fixture.directory}/home/.fossil`, line.path('home', '.fossil'));
      const second = `${fixture.directory}/second`;
      await fs.mkdir(second);
      await fixture.fossil(second, 'open', fixture.repository);
      const sql = (statement: string): Promise<string> => fixture.fossil(root, 'sql', statement);
      await sql("INSERT INTO config(name,value,mtime) VALUES('baseurl:http://127.0.0.1:8080/x',1,1600000000)");
      await sql("INSERT INTO config(name,value,mtime) VALUES('parent-project-code','c0de',1)");
      await sql("INSERT INTO config(name,value,mtime) VALUES('parent-project-name','Parent',1)");
      assert.match(await theirs(root, '-v'), /^alt-root: .*second.*\naccess-url: .*8080/m);
      const kinds = `SELECT uuid FROM blob WHERE rid IN (SELECT max(objid) FROM event GROUP BY type
        UNION SELECT cid FROM plink WHERE NOT isprim UNION SELECT pid FROM plink WHERE NOT isprim UNION SELECT max(fid) FROM mlink)`;
      const hashes = [...(await sql(kinds)).matchAll(/[0-9a-f]{40,64}/g)].map(([hash]) => [hash]);
      assert.ok(hashes.length >= 6);
      for (const args of [
        [],
        ['-v'],
        ['feature'],
        ['root:feature'],
        ['v1', '--verbose'],
        [fixture.repository],
        ...hashes,
      ]) {
        const ofFile = ['-R', fixture.repository, ...args];
        assert.equal(await ours('info', ...args), await theirs(root, ...args), args.join(' '));
        if (hashes.includes(args)) continue;
        const said = await line.succeed(['info', ...ofFile]);
        assert.equal(said, await theirs(fixture.directory, ...ofFile), ofFile.join(' '));
      }
      const nothing = await line.run(['info', 'nothing'], { directory: root });
      assert.match(nothing.complaints, /is called "nothing"/);
      await fixture.fossil(second, 'close');
      await fs.rm(line.path('home', '.fossil'));
    });

    it('ls lists what fossil ls lists', async () => {
      await isSame('ls');
      await isSame('ls', 'dir', 'a.txt');
      await isSame('ls', '-v');
      for (const version of ['current', 'feature', 'root:trunk', 'tag:v1']) {
        await isSame('ls', '-r', version);
        await isSame('ls', '-r', version, '-v', 'dir');
        await isSame('ls', '-r', version, '--age');
      }
      assert.equal(await ours('ls', '-r', 'feature', '*.txt', 'dir/*'), await ours('ls', '-r', 'feature'));
      assert.equal(await ours('ls', '-r', 'feature', 'b*'), 'branch.txt\n');
      const times = [...(await ours('ls', '-r', 'current', '-v', '-t')).matchAll(/^\S+ \S+/gm)].map(([time]) => time);
      assert.deepEqual(times, times.toSorted().reverse());
      await isSame('ls', '--age', 'dir', 'a.txt', 'bin', 'branch.txt', 'exe.sh', 'last.txt', 'trunk.txt');
      await isSame('ls', '-v', '--age', 'dir');
      // Fossil shows the time of the last deletion of whatever file for one that is only added.
      assert.equal(await ours('ls', '--age', 'new.txt'), '  new.txt\n');
    });

    it('ls --hash tells a change that neither time nor size shows', async () => {
      const file = `${root}/branch-free.txt`;
      await fixture.fossilCommit(root, 'to be changed in secret', { 'branch-free.txt': 'one\n' });
      const { atime, mtime } = await fs.stat(file);
      await fixture.fossil(root, 'changes');
      await fs.writeFile(file, 'two\n');
      await fs.utimes(file, atime, mtime);
      await isSame('ls', '-v', '--hash', 'branch-free.txt');
      assert.match(await ours('ls', '-v', '--hash'), /^EDITED {5}branch-free.txt$/m);
      await fs.rm(file);
    });

    it('cat and artifact print the very bytes, or write them to a file', async () => {
      const bytes = async (...args: string[]): Promise<string> => {
        const pieces: Uint8Array[] = [];
        await line.succeed(args, { directory: root, onBytes: (content) => pieces.push(content) });
        return Buffer.concat(pieces).toString('latin1');
      };
      const bin = (await fs.readFile(`${root}/bin`)).toString('latin1');
      assert.equal(await bytes('cat', 'bin'), bin);
      assert.equal(await bytes('cat', 'a.txt', 'bin', '-r', 'tip'), (await bytes('cat', 'a.txt')) + bin);
      await isSame('cat', 'a.txt', 'dir/renamed.txt', '-r', 'root:feature');
      await ours('cat', 'bin', '-o', 'out');
      assert.equal((await fs.readFile(`${root}/out`)).toString('latin1'), bin);
      await ours('artifact', 'tip', 'out');
      assert.equal(await fs.readFile(`${root}/out`, 'utf8'), await fixture.fossil(root, 'artifact', 'tip'));
      await fs.rm(`${root}/out`);
      for (const hash of (await artifacts()).filter((_, at) => at % 5 === 0)) await isSame('artifact', hash);
      const [json] = JSON.parse(await ours('cat', 'bin', '--json')) as [{ base64: string }];
      assert.equal(Buffer.from(json.base64, 'base64').toString('latin1'), bin);
      assert.match((await line.run(['cat', 'nothing'], { directory: root })).complaints, /There is no file "nothing"/);
      assert.match((await line.run(['artifact', 'nothing'], { directory: root })).complaints, /Nothing .* is called/);
    });

    it('whatis describes every artifact as fossil whatis does', async () => {
      const hashes = await artifacts();
      const names = [...hashes, 'tip', 'feature', 'current', 'unknown-name', 'tag:v1'];
      const expected = await fixture.fossil(root, 'whatis', ...names);
      assert.equal(await ours('whatis', ...names), expected);
      for (const word of ['Check-in', 'Wiki-edit', 'Technote', 'Ticket-change', 'Tag-change', 'attachment:', 'file:']) {
        assert.ok(expected.includes(word), word);
      }
      await isSame('whatis', '-f', 'bin', 'new.txt');
      await isSame('whatis', '--type', 'w', 'Some Page');
      assert.equal(
        withoutReceipt(await ours('whatis', '-v', 'tip')),
        withoutReceipt(await fixture.fossil(root, 'whatis', '-v', 'tip')),
      );
    });

    it('merge-base, path and descendants tell what Fossil tells', async () => {
      await isSame('merge-base', 'trunk', 'feature');
      await isSame('merge-base', '--ignore-merges', 'trunk', 'side', 'feature');
      await isSame('descendants');
      await isSame('descendants', 'root:feature', '-W', '60');
      for (const flags of [[], ['--no-merge'], ['--one-way']]) {
        const versions = flags.includes('--one-way') ? ['root:feature', 'trunk'] : ['trunk', 'start:feature'];
        const theirs = await fixture.fossil(root, 'test-shortest-path', ...flags, ...versions);
        // Fossil shows row ids and two digits more.
        const expected = theirs.replaceAll(/^( *\d+:) +\d+ ([0-9a-f]{10})[0-9a-f]{2}/gm, '$1 $2');
        assert.equal(await ours('path', ...flags, ...versions), expected, flags.join(' '));
      }
      const { exitCode, output } = await line.run(['path', '--one-way', 'trunk', 'root:trunk'], { directory: root });
      assert.deepEqual([exitCode, output], [1, 'No path leads from trunk to root:trunk.\n']);
    });

    it('search finds what fossil search finds, and names besides', async () => {
      for (const words of [
        ['files'],
        ['-a', 'files', 'remove'],
        ['on', 'trunk'],
        ['edit*'],
        ['an', 'edited', 'comment'],
        ['zzz'],
        ['-n', '1', 'a'],
      ]) {
        const [events] = (await ours('search', ...words)).split('=== names ===');
        assert.equal(events, await fixture.fossil(root, 'search', ...words), words.join(' '));
      }
      assert.match(await ours('search', 'RENAMED'), /=== names ===\nfile {5}dir\/renamed.txt\n$/);
      const { names } = JSON.parse(await ours('search', 'a', '--json')) as { names: Record<string, string[]> };
      assert.ok(
        names['branches']?.includes('feature') &&
          names['tags']?.includes('campaign') &&
          names['users']?.includes('alice'),
      );
    });

    it('tells the time of this place where the setting timeline-utc is off, as fossil does', async () => {
      const zone = process.env['TZ'];
      const inZone = async (...args: string[]): Promise<string> => {
        const env = {
          PATH: process.env['PATH'],
          HOME: `${fixture.directory}/home`,
          USER: 'alice',
          TZ: 'America/St_Johns',
        };
        return (await runFossil(args, { cwd: root, env })).toString('utf8');
      };
      const setUtc = (value: string): Promise<string[]> =>
        fixture.query(
          fixture.repository,
          `REPLACE INTO config(name,value,mtime) VALUES('timeline-utc','${value}',now())`,
        );
      process.env['TZ'] = 'America/St_Johns';
      await setUtc('0');
      try {
        for (const command of [
          ['timeline', '-n', '0', '-t', 'ci'],
          ['timeline', '-n', '0', '-F', '%d %h'],
          ['leaves'],
          ['descendants', 'root:feature'],
          ['finfo', 'a.txt'],
          ['finfo', '-b', 'a.txt'],
          ['ls', '--age', '-r', 'trunk'],
          ['search', 'a'],
          ['finfo', '-i', 'a.txt'],
          ['finfo', '-i', '-v', '-r', 'feature', 'a.txt'],
          ['diff', '--versions', '--from', 'feature', '--to', 'trunk'],
          ['whatis', '-v', 'trunk', 'feature'],
          ['whatis', '-v', ...(await artifacts())],
        ]) {
          const [text = ''] = (await ours(...command)).split('=== names ===');
          assert.equal(text, await inZone(...command), command.join(' '));
        }
        const local = await ours('timeline', '-n', '0', '-F', '%d %h');
        await setUtc('1');
        assert.notEqual(await ours('timeline', '-n', '0', '-F', '%d %h'), local);
      } finally {
        await fixture.query(fixture.repository, "DELETE FROM config WHERE name='timeline-utc'");
        if (zone === undefined) delete process.env['TZ'];
        else process.env['TZ'] = zone;
      }
    });

    it('leaves makes its table anew on demand, as fossil does', async () => {
      const table = (): Promise<string[]> => fixture.query(fixture.repository, 'SELECT rid FROM leaf ORDER BY 1');
      const spoil = 'DELETE FROM leaf; INSERT INTO leaf SELECT min(objid) FROM event';
      await fixture.query(fixture.repository, spoil);
      const theirs = await fixture.fossil(root, 'leaves', '--recompute', '-a');
      const rows = await table();
      assert.ok(rows.length > 1, rows.join());
      await fixture.query(fixture.repository, spoil);
      assert.notEqual(await ours('leaves', '-a'), theirs);
      assert.equal(await ours('leaves', '--recompute', '-a'), theirs);
      assert.deepEqual(await table(), rows);
    });

    it('leaves lists what fossil leaves lists', async () => {
      for (const options of [[], ['-a'], ['--closed'], ['--bybranch', '--all'], ['-W', '45'], ['-a', '-W', '0']]) {
        await isSame('leaves', ...options);
      }
      await isSame('leaves', '-m');
      const other = await fixture.fossilOpen('other');
      await fixture.fossil(other, 'update', 'root:feature');
      await fixture.fossilCommit(other, 'a fork', { 'fork.txt': 'fork\n' }, '--allow-fork');
      for (const options of [[], ['-m'], ['--multiple', '--all']]) await isSame('leaves', ...options);
      assert.match(await ours('leaves', '-m'), /^\*\*\* trunk \*\*\*\n {3}\(1\) .*\n {3}\(2\) /);
      assert.match((await line.run(['leaves', '-W', '39'], { directory: root })).complaints, /above 39/);
    });
  });
}

/** When and from where something came is written by the clock of that moment. */
function withoutReceipt(text: string): string {
  return text.replace(/^received:.*$/m, 'received:');
}
