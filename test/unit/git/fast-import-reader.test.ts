import assert from 'node:assert/strict';
import { EngineError } from '../../../src/engine/errors';
import { FastImportReader } from '../../../src/engine/git/fast-import-reader';
import type { StreamCommand } from '../../../src/engine/git/stream-command';
import { StreamSource } from '../../../src/engine/git/stream-source';
import { Seeded } from '../../support/seeded';

const WHO = { contact: 'A B <a@b>', address: 'a@b', seconds: 12 };

describe('the reader of fast-import streams', () => {
  it('reads a blob with its mark', async () => {
    assert.deepEqual(await read('blob\nmark :7\noriginal-oid abc\ndata 3\nx\ny'), [blob(':7', 'x\ny')]);
  });

  it('reads data up to a delimiter', async () => {
    assert.deepEqual(await read('blob\ndata <<EOT\na\n\nEOTx\nEOT\nblob\ndata 0\n'), [
      { type: 'blob', content: Buffer.from('a\n\nEOTx\n') },
      { type: 'blob', content: Buffer.alloc(0) },
    ]);
  });

  it('reads a million short lines up to a delimiter, and lines longer than what came before', async () => {
    const lines = `${'\n'.repeat(1_000_000)}${'x'.repeat(900_000)}\nEO\n`;
    const before = process.memoryUsage().heapUsed;
    const commands = await read(`blob\ndata <<EOT\n${lines}EOT\n`);
    assert.equal(commands.length, 1);
    const [command] = commands;
    assert.ok(command?.type === 'blob' && Buffer.from(lines).equals(command.content));
    assert.ok(process.memoryUsage().heapUsed - before < 100_000_000);
  });

  it('reads all that a commit may say', async () => {
    const stream = [
      'commit refs/heads/main',
      'mark :3',
      'original-oid 0123',
      'author  A B <a@b> 12 +0100',
      'committer <c@d> 13 -0700',
      'gpgsig sha1 openpgp',
      'data 4\nsign',
      'encoding ISO-8859-1',
      'data 4\nM\xfcr\n',
      'from :1',
      'merge :2',
      'merge refs/heads/x',
      'M 100644 :4 plain name',
      'M 755 :5 "q\\"\\303\\274\\t\\n\\\\"',
      'M 120000 inline link',
      'data 2\nto',
      'M 160000 0123456789012345678901234567890123456789 sub',
      'D gone/',
      'C a "b c"',
      'R "a b" c d',
      'deleteall',
      'N inline :3',
      'data 4\nnote',
      'N :4 :3',
      'property branch-nick 5 trunk',
      '',
    ].join('\n');
    assert.deepEqual(await read(stream), [
      blob('inline 1', 'to'),
      {
        type: 'commit',
        ref: 'refs/heads/main',
        mark: ':3',
        author: WHO,
        committer: { contact: '<c@d>', address: 'c@d', seconds: 13 },
        message: 'Mür',
        from: ':1',
        merges: [':2', 'refs/heads/x'],
        changes: [
          { kind: 'modify', path: 'plain name', permission: 'regular', blob: ':4' },
          { kind: 'modify', path: 'q"ü\t\n\\', permission: 'executable', blob: ':5' },
          { kind: 'modify', path: 'link', permission: 'symlink', blob: 'inline 1' },
          { kind: 'submodule', path: 'sub' },
          { kind: 'delete', path: 'gone' },
          { kind: 'copy', from: 'a', to: 'b c' },
          { kind: 'rename', from: 'a b', to: 'c d' },
          { kind: 'delete-all' },
        ],
        branchNick: 'trunk',
        offset: 0,
      },
    ]);
  });

  it('reads tags, resets and aliases, and passes over what only Git needs', async () => {
    const stream =
      'feature done\noption git quiet\n# a remark\nprogress half\n\ncheckpoint\n' +
      'reset refs/heads/a\nreset refs/heads/b\nfrom :1\n\nalias\nmark :9\nto :1\n' +
      'tag v1\nmark :5\nfrom :1\ntagger A B <a@b> 12 +0000\ndata 3\nhi\ntag v2\nfrom :1\ndata 0\ndone\nnonsense\n';
    const commands = (await read(stream)).map((command) => ('offset' in command ? { ...command, offset: 0 } : command));
    assert.deepEqual(commands, [
      { type: 'reset', ref: 'refs/heads/a', offset: 0 },
      { type: 'reset', ref: 'refs/heads/b', from: ':1', offset: 0 },
      { type: 'alias', mark: ':9', to: ':1', offset: 0 },
      { type: 'tag', name: 'v1', mark: ':5', from: ':1', tagger: WHO, message: 'hi', offset: 0 },
      { type: 'tag', name: 'v2', from: ':1', offset: 0 },
    ]);
  });

  const head = 'commit refs/heads/m\n';
  const committed = `${head}committer A <a@b> 1 +0000\ndata 1\nx\n`;
  for (const [what, stream, at, reason] of [
    ['an unknown command', 'blub\n', 0, /no such command/],
    ['a question', 'ls "a"\n', 0, /asks for an answer/],
    ['a blob without data', 'blob\nmark :1\n', 0, /ends before the data/],
    ['something else in a blob', 'blob\nfrom :1\n', 5, /data of a blob/],
    ['data that ends early', 'blob\ndata 10\nabc', 13, /ends 3 bytes into data of 10/],
    ['a size that is no number', 'blob\ndata -1\n', 5, /no number/],
    ['a size beyond all repositories', 'blob\ndata 1000000001\n', 5, /larger/],
    ['a delimiter that never comes', 'blob\ndata <<E\nx\n', 5, /before the delimiter/],
    ['no delimiter', 'blob\ndata <<\n', 5, /delimiter is missing/],
    ['a mark without number', 'blob\nmark 1\n', 5, /colon and a number/],
    ['a commit without message', `${head}mark :1\n`, 0, /no message/],
    ['a commit with two messages', `${committed}data 1\ny`, committed.length, /message already/],
    ['a commit of nobody', `${head}committer A 1 +0000\n`, head.length, /angle brackets/],
    ['a time beyond dates', `${head}committer A <a> 253402300800 +0000\n`, head.length, /year 9999/],
    ['a name that leads outside', `${committed}D ../x\n`, committed.length, /no name of a file/],
    ['an absolute name', `${committed}M 644 :1 /x\n`, committed.length, /no name of a file/],
    ['an empty name', `${committed}D \n`, committed.length, /no name of a file/],
    ['a quote that does not end', `${committed}D "x\n`, committed.length, /quoted name/],
    ['an escape nobody knows', `${committed}D "\\x"\n`, committed.length, /quoted name/],
    ['a change of nothing', `${committed}M 644 :1\n`, committed.length, /a mode, a content/],
    ['a tree', `${committed}M 040000 :1 dir\n`, committed.length, /tree/],
    ['a rename to nowhere', `${committed}R x\n`, committed.length, /second name/],
    [
      'content inside a commit without data',
      `${committed}M 644 inline x\nD y\n`,
      committed.length + 15,
      /data should stand/,
    ],
    ['a tag without message', 'tag x\nfrom :1\n', 0, /before the message/],
    ['a ref without name', 'commit\n', 0, /missing behind/],
    ['an alias of nothing', 'alias\nmark :1\n', 0, /alias/],
    ['no done where it was announced', 'feature done\n', 13, /without the "done"/],
    ['an endless line', 'x'.repeat((1 << 20) + 1), 0, /1 MB/],
  ] as const) {
    it(`refuses ${what}, and says where`, async () => {
      await assert.rejects(read(stream), (error) => {
        assert.ok(error instanceof EngineError);
        assert.equal(error.code, 'stream-malformed');
        assert.match(error.message, reason);
        assert.match(error.message, new RegExp(`at byte ${at}\\b`));
        return true;
      });
    });
  }

  it('reads the same however the stream is cut into pieces', async () => {
    const stream = `${committed}M 100644 inline "a\\tb"\ndata 3\nab\nD x\n\nblob\nmark :9\ndata 5\n1\n2\n3done\n`;
    const whole = await read(stream);
    assert.equal(whole.length, 3);
    for (let size = 1; size < 20; size++) assert.deepEqual(await read(stream, size), whole);
  });

  it('ends in commands or in a sentence for whatever it is given', async () => {
    const stream = Buffer.from(
      `blob\nmark :1\ndata 3\nabc\n${committed}from :1\nM 100644 :1 "a\\n"\nR a b\nD c\n\ntag t\nfrom :1\ntagger A <b> 1 +0000\ndata 0\n\nreset refs/x\nfrom :1\n`,
      'latin1',
    );
    let refused = 0;
    const rounds = 3000;
    for (let seed = 1; seed <= rounds; seed++) {
      const random = new Seeded(seed);
      const mutated = random.mutated(stream, 1 + random.below(4));
      try {
        await read(mutated, 1 + random.below(200));
      } catch (error) {
        assert.ok(error instanceof EngineError && error.code === 'stream-malformed', `seed ${seed}: ${String(error)}`);
        refused++;
      }
    }
    assert.ok(refused > rounds / 10 && refused < rounds, `${refused} of ${rounds} were refused`);
  });
});

async function read(stream: string | Uint8Array, pieceSize = 1 << 20): Promise<StreamCommand[]> {
  const bytes = Buffer.from(stream as string, 'latin1');
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      yield await Promise.resolve(bytes.subarray(at, at + pieceSize));
    }
  })();
  const commands: StreamCommand[] = [];
  for await (const command of new FastImportReader(new StreamSource(pieces)).commands()) {
    commands.push(command.type === 'blob' ? { ...command, content: Buffer.from(command.content) } : command);
  }
  return commands;
}

function blob(mark: string, content: string): StreamCommand {
  return { type: 'blob', mark, content: Buffer.from(content) };
}
