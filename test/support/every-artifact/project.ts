import { createNodeHashing } from '../../../src/engine/platform/hash-node';
import type { FossilSandbox } from '../fossil-sandbox';
import { Seeded } from '../seeded';
import { composeAttachments } from './attachments';
import { Composer } from './composer';
import { composeControls, composeReparenting } from './controls';
import { deliver } from './deliver';
import { composeForum } from './forum-posts';
import { composeOddCheckins } from './odd-checkins';
import { composeTechnotes, composeWiki } from './pages';
import { composeCheckins } from './random-checkins';
import { END_OF_SPOKEN_HISTORY, speakHistory } from './spoken-history';
import { composeProjectTickets, composeTickets } from './tickets';

const PROJECT_CODE = '7'.repeat(40);

/** Whoever comes may read, clone, push, also what is private. */
const ANYTHING = 'gijorxz';

/** The tables of a ticket system of one's own, as the project's administrator would define them. */
const TICKET_TABLES = {
  withChanges: `CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT UNIQUE, tkt_mtime DATE, tkt_ctime DATE,
    title TEXT, status TEXT, "odd name" TEXT, weight INTEGER, story TEXT, mimetype TEXT);
    CREATE TABLE ticketchng(tkt_id INTEGER REFERENCES ticket, tkt_rid INTEGER REFERENCES blob, tkt_mtime DATE, tkt_user TEXT,
    remark TEXT, weight INTEGER);`,
  withoutChanges: `CREATE TABLE ticket(tkt_id INTEGER PRIMARY KEY, tkt_uuid TEXT, tkt_mtime DATE, title TEXT, status TEXT,
    "odd name" TEXT, weight REAL, story TEXT DEFAULT 'nothing yet', remark);`,
} as const;

/**
 * Makes a repository with `fossil` that holds every artifact type and every odd case. The same seed makes the same artifacts. The
 * clone of it has no private ones, and not the shunned one.
 */
export async function makeEveryArtifact(sandbox: FossilSandbox, repository: string, seed: number): Promise<void> {
  const seeded = new Seeded(seed);
  await makeProject(sandbox, repository);
  const { checkins, privateCheckin } = await speakHistory(sandbox, repository, seeded);
  const composer = new Composer(await createNodeHashing(), seeded, END_OF_SPOKEN_HISTORY);
  const web = composeCheckins(composer, 60);
  const all = [...checkins.filter((hash) => hash !== privateCheckin), ...web];
  const tickets = composeTickets(composer, all);
  const pages = composeWiki(composer, all, tickets);
  const technotes = composeTechnotes(composer, all);
  const posts = composeForum(composer, all);
  await deliver(sandbox, repository, composer.artifacts.splice(0));
  await sandbox.fossil(['test-create-clusters', '-R', repository]);

  composeAttachments(composer, { pages, tickets, technotes, posts });
  composeControls(composer, all, posts);
  composeReparenting(composer, web);
  composeOddCheckins(composer, web);
  composer.cards(`M ${[composer.unknown(40), ...all.slice(0, 3)].sort().join('\nM ')}\n`);
  composer.content('nobody else may see this\n', { isPrivate: true });
  const shunned = composer.content('nobody may see this at all\n');
  await deliver(sandbox, repository, composer.artifacts);
  await sandbox.sql(repository, `INSERT INTO shun(uuid, mtime, scom) VALUES('${shunned}', 1577836800, 'spam');`);
}

/** Makes a repository whose project has defined its own ticket tables. */
export async function makeTicketProject(
  sandbox: FossilSandbox,
  repository: string,
  seed: number,
  tables: keyof typeof TICKET_TABLES,
): Promise<void> {
  const composer = new Composer(await createNodeHashing(), new Seeded(seed), END_OF_SPOKEN_HISTORY);
  await makeProject(sandbox, repository);
  const definition = TICKET_TABLES[tables].replaceAll("'", "''");
  await sandbox.sql(
    repository,
    `REPLACE INTO config(name, value, mtime) VALUES('ticket-table', '${definition}', 1577836800);`,
  );
  await sandbox.fossil(['rebuild', repository]);
  const checkins = composeCheckins(composer, 8);
  composeProjectTickets(composer, checkins);
  composeTickets(composer, checkins);
  await deliver(sandbox, repository, composer.artifacts);
}

async function makeProject(sandbox: FossilSandbox, repository: string): Promise<void> {
  const options = ['--sha1', '--admin-user', 'tester', '--date-override', '2019-12-31T23:59:59'];
  await sandbox.fossil(['init', ...options, repository]);
  await sandbox.fossil(['settings', 'autosync', 'off', '--global']);
  await sandbox.sql(
    repository,
    `UPDATE config SET value='${PROJECT_CODE}' WHERE name='project-code'; UPDATE user SET cap='${ANYTHING}' WHERE login='nobody';`,
  );
}
