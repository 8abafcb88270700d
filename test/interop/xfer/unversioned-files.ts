import { writeFile } from 'node:fs/promises';
import { utf8 } from '../../../src/engine/codec/utf8';
import { UnversionedFiles } from '../../../src/engine/repository/unversioned';
import type { Progress } from '../../../src/engine/progress';
import { httpTransport } from '../../../src/engine/transport/http';
import { synchronize, type SyncStatistics } from '../../../src/engine/xfer/client';
import { parseRemote } from '../../../src/engine/xfer/remote';
import { UnversionedClient, type UnversionedSyncOptions } from '../../../src/engine/xfer/unversioned-client';
import type { UnversionedOutcome } from '../../../src/engine/xfer/unversioned-moves';
import type { XferFixture } from './xfer-fixture';

/** Adds an unversioned file to a repository with the real fossil. @param mtime - Unix seconds */
export async function fossilAdd(
  fixture: XferFixture,
  repository: string,
  file: { name: string; content: string | Uint8Array; mtime: number },
): Promise<void> {
  await writeFile(fixture.path('to-add'), file.content);
  const stamp = new Date(file.mtime * 1000).toISOString().slice(0, 19);
  await fixture.fossil('uv', 'add', 'to-add', '--as', file.name, '--mtime', stamp, '-R', fixture.path(repository));
}

/** Adds an unversioned file to a repository with the engine. */
export function engineAdd(
  fixture: XferFixture,
  repository: string,
  file: { name: string; content: string | Uint8Array; mtime: number },
): void {
  changeFiles(fixture, repository, (files) =>
    files.add(file.name, typeof file.content === 'string' ? utf8(file.content) : file.content, file.mtime),
  );
}

/** Works on the files with the engine, in a transaction. */
export function changeFiles<T>(fixture: XferFixture, name: string, change: (files: UnversionedFiles) => T): T {
  const repository = fixture.open(name);
  try {
    return repository.transaction(() => change(new UnversionedFiles(repository)));
  } finally {
    repository.close();
  }
}

/** Every file that is not deleted, as `name mtime hash size`, and whether its content is there. */
export function filesOf(fixture: XferFixture, name: string): string[] {
  return changeFiles(fixture, name, (files) =>
    files
      .list()
      .map(
        (file) => `${file.name} ${file.mtime} ${file.hash} ${file.size}${files.content(file.name) ? '' : ' (none)'}`,
      ),
  );
}

/** Syncs unversioned files alone, with the engine. */
export async function syncFiles(
  fixture: XferFixture,
  name: string,
  url: string,
  options: UnversionedSyncOptions & { onProgress?: (progress: Progress) => void } = {},
): Promise<UnversionedOutcome & SyncStatistics> {
  const { onProgress, ...rest } = options;
  const repository = fixture.open(name);
  try {
    const part = new UnversionedClient(repository, rest);
    const statistics = await synchronize(repository, httpTransport({ variables: {} }), parseRemote(url), {
      pull: false,
      push: false,
      parts: [part],
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    return { ...statistics, ...part.outcome };
  } finally {
    repository.close();
  }
}
