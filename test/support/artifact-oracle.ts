import { deflateSync } from 'node:zlib';
import type { FossilSandbox } from './fossil-sandbox';

const FIRST_RID = 100;

/**
 * What Fossil's parser says about many blobs at once: they are put into a repository as if each were on the timeline.
 *
 * @returns for each blob Fossil's complaint, undefined where it took it for a structural artifact
 */
export async function parseComplaints(
  sandbox: FossilSandbox,
  blobs: readonly Uint8Array[],
): Promise<(string | undefined)[]> {
  const repository = sandbox.path(`parse-${Date.now()}-${blobs.length}.fossil`);
  await sandbox.fossil(['new', repository]);
  const inserts = blobs.map((blob, i) => {
    const rid = FIRST_RID + i;
    return `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(${rid},1,${blob.length},printf('%064x',${rid}),X'${container(blob)}');`;
  });
  const events = `DELETE FROM event; INSERT INTO event(type,mtime,objid) SELECT 'ci',0,rid FROM blob WHERE rid>=${FIRST_RID};`;
  await sandbox.sql(repository, ['BEGIN;', ...inserts, events, 'COMMIT;'].join('\n'));
  const report = await sandbox.fossil(['test-parse-all-blobs', '-R', repository]);
  const checked = new Set<number>();
  const complaints = new Map<number, string>();
  for (const line of report.split(/[\r\n]+/)) {
    const check = /^Checking (\d+)/.exec(line);
    const complaint = /^(\d+) ERROR: (.*)/.exec(line);
    if (check) checked.add(Number(check[1]));
    if (complaint) complaints.set(Number(complaint[1]), String(complaint[2]));
  }
  return blobs.map((_, i) => {
    if (!checked.has(FIRST_RID + i)) throw new Error(`fossil did not look at blob ${i}:\n${report.slice(-500)}`);
    return complaints.get(FIRST_RID + i);
  });
}

function container(blob: Uint8Array): string {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(blob.length);
  return Buffer.concat([size, deflateSync(blob)]).toString('hex');
}
