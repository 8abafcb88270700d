import type { ErrorCode } from '../../../src/engine/errors';

/** What a damaged or hostile server may hold, put there by SQL, and how a clone of it ends. */
export const HOSTILE_REPOSITORIES: readonly { name: string; sql: string; code: ErrorCode; sentence: RegExp }[] = [
  {
    name: 'deltas that form a loop',
    sql:
      `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,30,'${'1'.repeat(40)}',compress('U\nU@0,0;')),` +
      `(102,1,30,'${'2'.repeat(40)}',compress('U\nU@0,0;')); INSERT INTO delta VALUES(101,102),(102,101);`,
    code: 'content-corrupt',
    sentence: /Artifact 1{40} cannot be read: its deltas form a loop/,
  },
  {
    name: 'a delta of itself',
    sql:
      `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,30,'${'1'.repeat(40)}',compress('U\nU@0,0;'));` +
      'INSERT INTO delta VALUES(101,101);',
    code: 'content-corrupt',
    sentence: /its deltas form a loop/,
  },
  {
    name: 'a container that was cut off',
    sql: `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,9000,'${'3'.repeat(40)}',CAST(substr(compress(hex(randomblob(4500))),1,60) AS BLOB));`,
    code: 'content-corrupt',
    sentence: /3{40}/,
  },
  {
    name: 'an artifact that announces 600 MB',
    sql: `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,600000000,'${'4'.repeat(40)}',CAST(x'23C34600'||randomblob(700000) AS BLOB));`,
    code: 'artifact-too-large',
    sentence: /600000000 bytes; more than 512000000 bytes are not accepted/,
  },
  {
    name: 'an artifact of 600 MB that announces ten bytes',
    sql: `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,10,'${'4'.repeat(40)}',CAST(x'23C34600'||randomblob(700000) AS BLOB));`,
    code: 'artifact-too-large',
    sentence: /4{40}, of 600000000 bytes; more than 512000000 bytes are not accepted/,
  },
  {
    name: 'a delta whose header claims 4 GB',
    sql:
      `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,10,'${'5'.repeat(40)}',compress('3~~~~~'||char(10)||'0;'));` +
      'INSERT INTO delta VALUES(101,1);',
    code: 'content-corrupt',
    sentence: /5{40}/,
  },
  {
    name: 'a name of 41 digits',
    sql: `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,1,'${'6'.repeat(41)}',compress('x'));`,
    code: 'card-malformed',
    sentence: /no part of Fossil's protocol: c?file 6{41}/,
  },
  {
    name: 'a name that is no hash',
    sql: `INSERT INTO blob(rid,rcvid,size,uuid,content) VALUES(101,1,1,'${'../'.repeat(14)}',compress('x'));`,
    code: 'card-malformed',
    sentence: /no part of Fossil's protocol/,
  },
];
