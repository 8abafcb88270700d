import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSilentServer } from 'node:net';
import { startFossilServer, type FossilServer } from '../../support/fossil-server';
import { drivers } from '../checkout/fossil-fixture';
import { CertificateMaker } from '../../support/certificates';
import { AdminFixture } from './admin-fixture';
import type { Ending } from './command-line';

for (const driver of drivers) {
  describe(`Options of commands that talk to a server, with the ${driver} driver`, function () {
    this.timeout(60_000);
    let fixture: AdminFixture;
    let server: FossilServer;
    /** Where Alice may do everything. */
    let url: string;

    before(async () => {
      fixture = await AdminFixture.create(driver);
      await fixture.fossil(['user', 'password', 'alice', 'pw', '-R', fixture.repository]);
      await fixture.fossilInCheckout('settings', 'autosync', 'off');
      const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
      await fixture.commit({ 'a.txt': lines.join('\n') }, 'one');
      await fixture.commit({ 'a.txt': [...lines, 'more'].join('\n'), 'b.txt': 'b' }, 'two');
      server = await startFossilServer(fixture.repository);
      url = server.url.replace('://', '://alice:pw@');
      await fixture.line.succeed(['clone', url, here('base.fossil')]);
    });
    after(async () => {
      await server.stop();
      await fixture.remove();
    });

    const here = (...names: string[]): string => fixture.line.path(...names);
    const users = (file: string): Promise<string[]> =>
      fixture.query("SELECT login, cap FROM user WHERE login NOT IN ('anonymous','nobody','developer','reader')", file);

    /** `Sent:` and `Received:` of each round: full artifacts and deltas, as both programs tell them. */
    function artifactsOf(output: string): string[] {
      return [...output.matchAll(/(Sent|Received): +\d+ +\d+ +(\d+) +(\d+)/g)].map(([, ...found]) => found.join(' '));
    }

    it('tell with -v what each round trip carried, in the columns of fossil', async () => {
      const theirs = await fixture.fossil(['clone', '-v', '--no-open', url, here('v-theirs.fossil')]);
      const ours = await fixture.line.succeed(['clone', '-v', url, here('v-ours.fossil')]);
      assert.deepEqual(artifactsOf(ours), artifactsOf(theirs));
      assert.equal(ours.split('\n')[0], theirs.split('\n')[0]);
      assert.match(ours, /Received: .* \d+ cfile, clone_seqno, push, #\n/);
      assert.match(
        ours,
        /^clone with http:\/\/alice@127.* done: 2 round trips, wire bytes sent: \d+ {2}received: \d+/m,
      );
      assert.ok(!ours.includes('pw@'), ours);
    });

    it('tell with -v of every kind of exchange', async () => {
      const base = here('base.fossil');
      for (const command of [['pull'], ['push'], ['uv', 'sync'], ['config', 'pull', 'project'], ['peek']]) {
        const output = await fixture.line.succeed([...command, '-v', '-R', base]);
        const kind = { uv: 'exchange', config: 'configuration' }[command[0] ?? ''] ?? command[0] ?? '';
        assert.match(output, new RegExp(`^${kind} with http.* done: \\d round trip`, 'm'));
      }
    });

    it('tell with -v of no error where a clone has to show first who it is, and of one where that does not help', async () => {
      const capabilities = (letters: string): Promise<string> =>
        fixture.fossil(['user', 'capabilities', 'nobody', letters, '-R', fixture.repository]);
      const before = (await fixture.query("SELECT cap FROM user WHERE login='nobody'"))[0] ?? '';
      await capabilities('');
      try {
        const output = await fixture.line.succeed(['clone', '-v', '--no-open', url, here('closed.fossil')]);
        assert.match(output, /Received: .* push, error, #\n(?:.*\n)+clone with .* done: 3 round trips/);
        assert.ok(!output.includes('Error'), output);
        const refused = await fixture.line.run(['clone', '-v', '--no-open', server.url, here('refused.fossil')]);
        assert.match(refused.output, /^Error in round 1: not authorized to clone\nclone with .* failed: 1 round/m);
      } finally {
        await capabilities(before.replaceAll("'", ''));
      }
    });

    it('complain once of a password that is wrong where nobody can be asked for another', async () => {
      const host = server.url.split('/')[2] ?? '';
      const pull = ['pull', '--once', '-R', here('base.fossil')];
      const unasked = await fixture.line.run([...pull, url.replace(':pw', ':no')]);
      assert.equal(
        unasked.complaints,
        `${host} did not accept the password of user "alice". Check the user name and the password.\n`,
      );
      const asked = await fixture.line.run([...pull, url.replace(':pw', ':no')], { input: ['pw'] });
      assert.equal(asked.exitCode, 0);
      assert.deepEqual(asked.asked, [
        `The server refused that user and password.\nPassword of alice for http://alice@${host}/: `,
      ]);
    });

    it('keep what -v tells off standard output where that is JSON', async () => {
      const run = await fixture.line.run(['sync', '-v', '--json', url, '-R', here('base.fossil')]);
      assert.match(run.complaints, /^Received: /m);
      assert.equal(typeof JSON.parse(run.output), 'object');
    });

    it('tell with -v of a login that is refused, too', async () => {
      const run = await fixture.line.run([
        'pull',
        '-v',
        url.replace(':pw', ':no'),
        '--once',
        '-R',
        here('base.fossil'),
      ]);
      assert.equal(run.exitCode, 1);
      assert.match(run.output, /^Error in round 1: login failed\n(?:.*\n)+pull with .* failed: 1 round trip/m);
    });

    /** A transport command that notes its arguments and lets `fossil` move the message. */
    async function mover(): Promise<string> {
      const script = here('move.sh');
      const call = `HOME='${here('home')}' exec fossil test-httpmsg --xfer "$@"`;
      await fs.writeFile(script, `#!/bin/sh\necho "$@" >> '${here('moved')}'\n${call}\n`, { mode: 0o755 });
      return script;
    }

    it('let a program of the user move the messages, which never sees the password', async () => {
      const options = ['--transport-command', `'${await mover()}'`];
      await fixture.line.succeed(['clone', ...options, url, here('moved.fossil')]);
      await fixture.line.succeed(['open', here('moved.fossil'), here('moved-work'), '--nosync']);
      await fs.writeFile(here('moved-work', 'c.txt'), 'c');
      const inWork = { directory: here('moved-work') };
      await fixture.line.succeed(['add', 'c.txt'], inWork);
      await fixture.line.succeed(['commit', '-m', 'three', '--nosync'], inWork);
      assert.match(await fixture.line.succeed(['push', ...options], inWork), /^Sent 2 artifacts, /);
      assert.match(await fixture.fossilInCheckout('timeline', '-n', '1', '-t', 'ci'), /three/);
      const calls = await fs.readFile(here('moved'), 'utf8');
      assert.match(calls, /^http:\/\/127\.0\.0\.1:\d+\/ \S+ \S+$/m);
      assert.ok(!calls.includes('pw@') && !calls.includes('alice'), calls);
      const [, message = ''] = /^\S+ (\S+)/.exec(calls) ?? [];
      await assert.rejects(fs.stat(message), { code: 'ENOENT' }, 'the message is left behind');
    });

    const brokenMovers: [what: string, command: string, sentence: RegExp][] = [
      ['ends with an error', "sh -c 'echo no way >&2; exit 3'", /ended with exit code 3\. It says: no way$/m],
      ['writes no reply', 'true', /wrote no reply/],
      ['is not there', '/nowhere/program', /could not be started/],
      ['answers with a page', `sh -c 'echo "<html>" > "$3"' sh`, /web page instead of Fossil's sync protocol/],
    ];
    for (const [what, command, sentence] of brokenMovers) {
      it(`say so when that program ${what}`, async () => {
        const run = await fixture.line.run(['pull', '--transport-command', command, '-R', here('base.fossil')]);
        assert.equal(run.exitCode, 1);
        assert.match(run.complaints, sentence);
      });
    }

    it('say so when its reply cannot be read', async () => {
      // A directory stands where the reply should be.
      const command = `sh -c 'mkdir "$3"' sh`;
      const run = await fixture.line.run(['pull', '--transport-command', command, '-R', here('base.fossil')]);
      assert.equal(run.exitCode, 1);
      assert.match(run.complaints, /wrote a reply that cannot be read \(EISDIR/);
    });

    it('give a program that moves messages no login for a web server, which would never get it', async () => {
      const options = ['--transport-command', 'true', '--httpauth', 'ann:pw'];
      const run = await fixture.line.run(['pull', ...options, '-R', here('base.fossil')]);
      assert.equal(run.exitCode, 1);
      assert.match(run.complaints, /Give either --transport-command or --httpauth/);
      assert.ok(!run.complaints.includes('ann:pw'));
    });

    it('send messages as they are on demand', async () => {
      const bodies: [type: string | undefined, begin: string][] = [];
      const listener = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          bodies.push([request.headers['content-type'], Buffer.concat(chunks).toString('latin1').slice(0, 12)]);
          response.writeHead(500).end();
        });
      });
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const { port } = listener.address() as AddressInfo;
      const pull = ['pull', '--no-http-compression', '-R', here('base.fossil'), '--once'];
      await fixture.line.run([...pull, `http://alice:pw@127.0.0.1:${port}/`]);
      await new Promise((resolve) => listener.close(resolve));
      assert.deepEqual(bodies, [['application/x-fossil-uncompressed', 'login alice ']]);
      assert.match(await fixture.line.succeed([...pull, url]), /round trip/);
    });

    it('ask for other addresses of the project, as fossil does', async () => {
      await fixture.query(
        `REPLACE INTO config(name,value,mtime) VALUES('syncwith:https://mirror.example/p','{}',now()),
           ('syncfrom:https://old.example/p','{}',now()-90*86400),('gitpush:https://git.example/p','{}',now()-100)`,
      );
      const theirs = here('links.fossil');
      await fixture.fossil(['clone', '--no-open', url, theirs]);
      await fixture.fossil(['pull', url, '--share-links', '-R', theirs]);
      const ours = here('base.fossil');
      assert.match(await fixture.line.succeed(['pull', url, '-R', ours]), /^(?!.*mirror)/s);
      const output = await fixture.line.succeed(['pull', url, '--share-links', '-R', ours]);
      assert.match(output, /^This project is also at https:\/\/mirror\.example\/p$/m);
      const links = "SELECT name, value, mtime FROM config WHERE name GLOB 'link:*' ORDER BY name";
      const kept = await fixture.query(links, ours);
      assert.ok(kept.length > 0);
      assert.deepEqual(kept, await fixture.query(links, theirs));
    });

    it('give a clone another administrator', async () => {
      assert.deepEqual(await users(here('base.fossil')), ["'alice','s'"]);
      const carol = ['-A', 'carol', server.url];
      await fixture.line.succeed(['clone', ...carol, here('carol.fossil')]);
      await fixture.fossil(['clone', '--no-open', ...carol, here('carol-theirs.fossil')]);
      assert.deepEqual(await users(here('carol.fossil')), ["'carol','s'"]);
      assert.deepEqual(await users(here('carol-theirs.fossil')), ["'carol','s'"]);
    });

    it('call and open a clone as fossil does when no file is named, or where a directory is', async () => {
      await fs.mkdir(here('named'));
      const address = `${url}the/project`;
      const output = await fixture.line.succeed(['clone', address], { directory: here('named') });
      assert.match(output, /Opened .*project\.fossil in .*project: 3 files$/m);
      assert.equal(await fs.readFile(here('named', 'project', 'b.txt'), 'utf8'), 'b');
      await fixture.line.succeed(['clone', '--no-open', address, 'closed.fossil', '--workdir', 'closed'], {
        directory: here('named'),
      });
      await assert.rejects(fs.stat(here('named', 'closed')), { code: 'ENOENT' });
    });

    it('clone nothing where the checkout would be inside another one, unless that is wanted', async () => {
      const directory = fixture.checkout;
      const refused = await fixture.line.run(['clone', url, 'inner.fossil', '--workdir', 'inner'], { directory });
      assert.match(refused.complaints, /is a Fossil checkout already/);
      await assert.rejects(fs.stat(`${directory}/inner.fossil`), { code: 'ENOENT' });
      await fixture.line.succeed(['clone', url, 'inner.fossil', '--workdir', 'inner', '--nested'], { directory });
      assert.equal((await fs.readFile(`${directory}/inner/b.txt`)).toString(), 'b');
    });

    it('ask about a certificate before a password, and once however many passwords are wrong', async () => {
      const { certificateFile, keyFile } = await new CertificateMaker(here()).selfSigned('IP:127.0.0.1');
      const stop = new AbortController();
      let announce: (url: string) => void = () => undefined;
      const address = new Promise<string>((resolve) => (announce = resolve));
      const serving = fixture.line.run(
        ['serve', fixture.repository, '--port', '0', '--https-cert', certificateFile, '--https-key', keyFile],
        { interrupted: stop.signal, onOutput: (line) => announce(/https:\S+/.exec(line)?.[0] ?? line) },
      );
      const alice = (await address).replace('://', '://alice@');
      const clone = (name: string, ...input: string[]): Promise<Ending> =>
        fixture.line.run(['clone', alice, here(name)], { input });
      const refused = await clone('refused.fossil', 'no', 'pw');
      assert.deepEqual(refused.asked, ['Trust it? (once / always / NO) ']);
      assert.match(refused.complaints, /self-signed/);
      const { asked, exitCode } = await clone('trusted.fossil', 'once', 'wrong', 'pw');
      assert.equal(exitCode, 0);
      assert.deepEqual(
        asked.map((question) => /^\w+/.exec(question)?.[0]),
        ['Trust', 'Password', 'The'],
      );
      const always = await clone('always.fossil', 'always', 'pw');
      assert.deepEqual(
        always.asked.map((question) => /^\w+/.exec(question)?.[0]),
        ['Trust', 'Password'],
      );
      const later = await fixture.line.run(['pull', '-R', here('always.fossil')]);
      assert.deepEqual([later.exitCode, later.asked], [0, []]);
      stop.abort();
      await serving;
    });

    it('end at once when they are interrupted while they meet a server that says nothing', async () => {
      const stop = new AbortController();
      const silent = createSilentServer((socket) => {
        socket.on('error', () => undefined).resume();
        stop.abort();
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const begin = Date.now();
      const address = `https://alice@127.0.0.1:${port}/`;
      const run = await fixture.line.run(['clone', address, here('silent.fossil')], {
        interrupted: stop.signal,
        input: ['pw'],
      });
      await new Promise((resolve) => silent.close(resolve));
      assert.deepEqual([run.exitCode, run.asked], [1, []]);
      assert.match(run.complaints, /^Cancelled/);
      assert.ok(Date.now() - begin < 5000);
    });

    it('tell of a peek with -v, too, and the time of this place where the project wants that', async () => {
      const ours = here('base.fossil');
      await fixture.fossilInCheckout('update');
      await fixture.commit({ 'd.txt': 'd' }, 'newest');
      const [seconds = ''] = await fixture.query("SELECT CAST(strftime('%s',max(mtime)) AS INTEGER) FROM event");
      const zone = process.env['TZ'];
      process.env['TZ'] = 'America/St_Johns';
      try {
        const moment = new Date(Number(seconds) * 1000);
        const utc = moment.toISOString().slice(0, 16).replace('T', ' ');
        const clock = moment.toTimeString().slice(0, 5);
        for (const [isUtc, shown] of [
          ['1', utc],
          ['0', ` ${clock} `],
        ] as const) {
          await fixture.query(`REPLACE INTO config(name,value,mtime) VALUES('timeline-utc','${isUtc}',now())`, ours);
          const output = await fixture.line.succeed(['peek', '-v', '-R', ours, '--url', url]);
          const line = output.split('\n').find((each) => each.endsWith('newest')) ?? '';
          assert.ok(line.includes(shown), `${line} has no ${shown}`);
          assert.match(output, /^peek with http.* done: \d round trips?, /m);
        }
      } finally {
        if (zone === undefined) delete process.env['TZ'];
        else process.env['TZ'] = zone;
      }
    });

    it('name --transcript to whoever looks for --httptrace', async () => {
      const run = await fixture.line.run(['sync', '--httptrace', '-R', here('base.fossil')]);
      assert.match(
        run.complaints,
        /'--httptrace'\. --transcript FILE keeps all that is said, secrets removed\. Usage: /,
      );
    });
  });
}
