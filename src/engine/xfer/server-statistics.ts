/** What a server tells about itself under `/json/stat?full=1` (fossil.md 9). */
export interface ServerStatistics {
  projectCode?: string;
  /** Artifacts, with phantoms and private ones. */
  artifacts?: number;
  /** Those of them that are stored as deltas. */
  deltas?: number;
  /** Check-ins that change files. */
  checkins?: number;
  /** Bytes of the repository's file. */
  repositorySize?: number;
}

/** Where {@link readStatistics} finds its answer. */
export const STATISTICS_PATH = '/json/stat?full=1';

/** Reads an answer of `/json/stat`. @returns what of it is usable; nothing when the server refused */
export function readStatistics(answer: unknown): ServerStatistics {
  if (!isRecord(answer) || !isRecord(answer['payload'])) return {};
  const { projectCode, blobCount, deltaCount, checkinCount, repositorySize } = answer['payload'];
  return {
    ...(typeof projectCode === 'string' && /^[0-9a-f]{40}$/.test(projectCode) ? { projectCode } : {}),
    ...(isCount(blobCount) ? { artifacts: blobCount } : {}),
    ...(isCount(deltaCount) ? { deltas: deltaCount } : {}),
    ...(isCount(checkinCount) ? { checkins: checkinCount } : {}),
    ...(isCount(repositorySize) ? { repositorySize } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
