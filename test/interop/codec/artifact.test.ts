import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { formatArtifact } from '../../../src/engine/artifact/format';
import { parseArtifact } from '../../../src/engine/artifact/parse';
import type { Hashing } from '../../../src/engine/platform/hash';
import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import { mutatedArtifact } from '../../support/artifact-mutations';
import { parseComplaints } from '../../support/artifact-oracle';
import { SAMPLES } from '../../support/artifact-samples';
import { sealed } from '../../support/artifact-text';
import { FossilSandbox } from '../../support/fossil-sandbox';
import { Seeded } from '../../support/seeded';

describe('artifacts and fossil', () => {
  let hashing: Hashing;
  let sandbox: FossilSandbox;

  before(async () => {
    hashing = await createNodeHashing();
    sandbox = await FossilSandbox.create();
  });

  after(() => sandbox.remove());

  it('are told from file content alike, however they are mutated', async () => {
    const blobs = [
      ...Object.values(SAMPLES).map(sealed),
      ...Array.from({ length: 4000 }, (_, seed) => mutatedArtifact(new Seeded(seed))),
    ];
    const complaints = await parseComplaints(sandbox, blobs);
    let taken = 0;
    blobs.forEach((blob, i) => {
      const artifact = parseArtifact(blob, hashing);
      if (artifact) taken++;
      const verdict = complaints[i];
      assert.equal(
        artifact !== undefined,
        verdict === undefined,
        `${String(verdict)}\n${JSON.stringify(Buffer.from(blob).toString('latin1'))}`,
      );
    });
    assert.ok(taken > 150, `only ${taken} taken`);
  });

  it('of ours are taken by fossil', async () => {
    const ours = Array.from({ length: 4000 }, (_, seed) =>
      parseArtifact(mutatedArtifact(new Seeded(seed)), hashing),
    ).flatMap((artifact) => (artifact ? [formatArtifact(artifact, hashing)] : []));
    assert.ok(ours.length > 150);
    const complaints = await parseComplaints(sandbox, ours);
    ours.forEach((artifact, i) => assert.equal(complaints[i], undefined, Buffer.from(artifact).toString('latin1')));
  });

  it('that fossil wrote are given back to the byte', async () => {
    const repository = await everydayRepository(sandbox);
    const rows = await sandbox.sql(repository, `SELECT hex(content(uuid)) FROM blob ORDER BY rid;`);
    const artifacts = rows.map((row) => Buffer.from(row, 'hex'));
    const types = new Map<string, number>();
    for (const bytes of artifacts) {
      const artifact = parseArtifact(bytes, hashing);
      if (!artifact) continue;
      types.set(artifact.type, (types.get(artifact.type) ?? 0) + 1);
      assert.equal(Buffer.from(formatArtifact(artifact, hashing)).toString('latin1'), bytes.toString('latin1'));
    }
    assert.deepEqual(Object.fromEntries(types), {
      checkin: 6,
      wiki: 2,
      technote: 1,
      ticket: 2,
      attachment: 1,
      control: 2,
    });
  });
});

/** A repository with what people do in one: renames, links, a merge, a cherry-pick, tags, a page, a note, a ticket. */
async function everydayRepository(sandbox: FossilSandbox): Promise<string> {
  const repository = sandbox.path('everyday.fossil');
  const checkout = sandbox.path('checkout');
  await sandbox.fossil(['new', repository]);
  await mkdir(checkout);
  const fossil = (args: string[], input = ''): Promise<string> => sandbox.fossil(args, { cwd: checkout, input });
  const write = (name: string, text: string): Promise<void> => writeFile(`${checkout}/${name}`, text);
  await fossil(['open', repository]);
  await fossil(['set', 'allow-symlinks', 'on']);
  await write('a.txt', 'a\n');
  await write('sp ace é.txt', 'x\n');
  await write('run', '#!/bin/sh\n');
  await chmod(`${checkout}/run`, 0o755);
  await symlink('a.txt', `${checkout}/link`);
  await fossil(['add', '.']);
  await fossil(['commit', '-m', 'first\nline\ttwo \\ back', '--no-warnings']);
  await fossil(['mv', 'a.txt', 'b.txt', '--hard']);
  await fossil(['commit', '-m', 'ünïcödé 😀', '--branch', 'feature', '--bgcolor', 'red', '--tag', 'rel']);
  await write('c.txt', 'c\n');
  await fossil(['add', 'c.txt']);
  await fossil(['commit', '-m', 'c']);
  await fossil(['update', 'trunk']);
  await fossil(['merge', '--cherrypick', 'feature']);
  await fossil(['commit', '-m', 'picked']);
  await fossil(['merge', 'feature', '--integrate']);
  await fossil(['commit', '-m', 'merged']);
  await fossil(['wiki', 'create', 'My Page'], 'hello wiki\n');
  await fossil(['wiki', 'commit', 'My Page', '--mimetype', 'text/x-markdown'], 'sécond');
  await fossil(['wiki', 'create', 'note', '-t', 'now', '--technote-bgcolor', '#fff', '--technote-tags', 'a b'], 'tn\n');
  const added = await fossil(['ticket', 'add', 'title', 'T t', 'comment', 'c\nc']);
  const ticket = /[0-9a-f]{40}/.exec(added)?.[0] ?? '';
  await fossil(['ticket', 'set', ticket, 'status', 'Closed', '+comment', 'more']);
  await fossil(['attachment', 'add', 'My Page', 'b.txt']);
  await fossil(['tag', 'add', 'xx', 'current', 'a value']);
  await fossil(['amend', 'current', '-m', 'new comment']);
  return repository;
}
