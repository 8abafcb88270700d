import { textOf, utf8 } from '../codec/utf8';
import { FastExportWriter, type StreamSink } from '../git/fast-export-writer';
import { formatMarks, readMarks } from '../git/marks-file';
import type { Environment } from '../platform/environment';
import { Repository } from '../repository/repository';
import { countOf } from './describe';
import type { Interaction } from './interaction';

export interface GitExportRequest {
  /** Repository file. */
  path: string;
  /** What the branch `trunk` is called in Git; default `trunk`. */
  trunkName?: string;
  /** Marks files of an earlier export, and of this one. */
  importMarks?: string;
  exportMarks?: string;
}

export interface GitExportResult {
  checkins: number;
  contents: number;
  tags: number;
  bytes: number;
  /** Contents that have never been received, and are empty in the stream. */
  missing: string[];
  /** In words. */
  summary: string;
}

/** Writes a repository as a Git fast-import stream (`fossil export --git`). @throws EngineError `usage` for marks of another repository */
export async function exportGit(
  environment: Environment,
  request: GitExportRequest,
  sink: StreamSink,
  interaction: Interaction,
): Promise<GitExportResult> {
  const repository = Repository.open(environment, request.path, { mode: 'read' });
  try {
    const { importMarks, exportMarks } = request;
    const earlier =
      importMarks === undefined
        ? []
        : readMarks(textOf(await environment.fs.read(importMarks)), importMarks, repository);
    const writer = new FastExportWriter(repository, sink, {
      trunkName: request.trunkName ?? 'trunk',
      earlier,
      ...(interaction.signal === undefined ? {} : { signal: interaction.signal }),
      onProgress: ({ contents, checkins, bytes, total }) =>
        interaction.onProgress?.({
          phase: 'send',
          fraction: Math.min(0.99, (contents + checkins) / Math.max(1, total)),
          artifacts: { done: contents + checkins, total },
          bytes: { done: bytes },
          roundTrips: 0,
          rate: 0,
        }),
    });
    const { marks, missing, ...counts } = await writer.write();
    if (exportMarks !== undefined) await environment.fs.writeInto(exportMarks, utf8(formatMarks(marks)));
    return { ...counts, missing, summary: summaryOf(counts, missing) };
  } finally {
    repository.close();
  }
}

function summaryOf(counts: { checkins: number; contents: number; tags: number }, missing: readonly string[]): string {
  const { checkins, contents, tags } = counts;
  const lacking =
    missing.length === 0
      ? ''
      : ` ${countOf(missing.length, 'file content')} never arrived here and came out empty: ${missing.join(', ')}.`;
  return `Exported ${countOf(checkins, 'check-in')}, ${countOf(contents, 'file content')} and ${countOf(tags, 'tag')}.${lacking}`;
}
