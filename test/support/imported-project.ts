import type { FossilSandbox } from './fossil-sandbox';
import { Seeded } from './seeded';

/** The shape of a repository that is made in a second. */
export interface ProjectShape {
  seed: number;
  checkins: number;
  files: number;
  /** Bytes after which a server ends its reply; small, so that a clone takes many rounds. Default: Fossil's own. */
  roundBytes?: number;
}

/** Lets `fossil import --git` make a repository of one branch, each check-in changing up to four files that do not compress well. */
export async function importProject(sandbox: FossilSandbox, repository: string, shape: ProjectShape): Promise<void> {
  const { seed, checkins, files, roundBytes } = shape;
  const seeded = new Seeded(seed);
  const texts = new Map<number, string>();
  const words = (count: number): string => Buffer.from(seeded.bytes(count)).toString('base64');
  let stream = '';
  for (let number = 1; number <= checkins; number++) {
    const comment = `check-in ${number}`;
    stream += `commit refs/heads/trunk\nmark :${number}\ncommitter tester <tester> ${1_600_000_000 + number * 60} +0000\n`;
    stream += `data ${comment.length}\n${comment}\n`;
    if (number > 1) stream += `from :${number - 1}\n`;
    for (let edits = seeded.below(4); edits >= 0; edits--) {
      const file = seeded.below(files);
      const text = `${texts.get(file) ?? words(2000)}\n${words(40)}\n`;
      texts.set(file, text);
      stream += `M 100644 inline dir${file % 7}/file${file}.txt\ndata ${text.length}\n${text}\n`;
    }
  }
  await sandbox.fossil(['import', '--git', repository], { input: stream });
  await sandbox.fossil(['user', 'capabilities', 'nobody', 'gjorz', '-R', repository]);
  await sandbox.fossil(['user', 'new', 'bob', 'Bob', 'bobpw', '-R', repository]);
  await sandbox.fossil(['user', 'capabilities', 'bob', 'gio', '-R', repository]);
  if (roundBytes !== undefined) {
    await sandbox.sql(
      repository,
      `REPLACE INTO config(name,value,mtime) VALUES('max-download','${roundBytes}',now());`,
    );
  }
}
