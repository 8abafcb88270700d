import { utf8 } from '../codec/utf8';
import type { Repository } from '../repository/repository';

const TOKEN = /^([0-9a-f]{40})\.(\d{1,15})\.([0-9a-f]{16})$/;

/**
 * How far somebody has seen this repository (docs/protocol-extensions.md): its code, the number of a receipt (`rcvid`), which only grows,
 * and a check that this receipt is still what it was. After a backup was put back the number may come again, the receipt does not.
 */
export function currentToken(repository: Repository): string {
  const receipt = newestReceipt(repository);
  return [repository.serverCode, receipt, checkOf(repository, receipt)].join('.');
}

/** @returns the largest receipt (`rcvid`) of a public artifact, 0 where there is none */
export function newestReceipt({ db }: Repository): number {
  const newest = db
    .prepare(
      `SELECT rcvid FROM blob
        WHERE size>=0 AND rid NOT IN (SELECT rid FROM private) AND uuid NOT IN (SELECT uuid FROM shun)
        ORDER BY rcvid DESC LIMIT 1`,
    )
    .get<{ rcvid: number }>();
  return newest?.rcvid ?? 0;
}

/** @returns the receipt up to which the bearer has all that is public here; undefined for a token of another or an earlier repository */
export function receiptOf(repository: Repository, token: string): number | undefined {
  const [, server, number, check] = TOKEN.exec(token) ?? [];
  if (server !== repository.serverCode || number === undefined) return undefined;
  const receipt = Number(number);
  // Nothing need have been seen to know the token of an empty repository.
  if (receipt < 1 || receipt > newestReceipt(repository)) return undefined;
  return checkOf(repository, receipt) === check ? receipt : undefined;
}

/** Changes when the receipt is another one, and when public artifacts were added to it. */
function checkOf(repository: Repository, receipt: number): string {
  const row = repository.db
    .prepare(
      `SELECT (SELECT mtime FROM rcvfrom WHERE rcvid=?1) AS mtime, count(*) AS artifacts FROM blob
        WHERE rcvid=?1 AND size>=0 AND rid NOT IN (SELECT rid FROM private)`,
    )
    .get<{ mtime: number | null; artifacts: number }>(receipt);
  const text = [repository.serverCode, receipt, row?.mtime ?? '', row?.artifacts ?? 0].join(' ');
  return repository.environment.hash.hex('sha1', utf8(text)).slice(0, 16);
}
