import assert from 'node:assert/strict';
import { CARD_OF_KIND, CARDS, isFor, type ChapterCard } from '../../support/card-chapter';
import { CardProject, changesBetween } from '../../support/card-project';
import { cardReply } from '../../support/card-reply';
import { handleXfer } from '../../../src/engine/xfer/server';
import type { Repository } from '../../../src/engine/repository/repository';
import { SERVER_ROWS } from './server-rows/all';
import { requestOf, startOf, type ServerRow } from './server-rows/row';

/** Chapter 2 of fossil.md, card by card; that Fossil does the same, but where a row says why not, is shown in test/interop/xfer/server-cards.test.ts. */
describe('What a server does with each card', () => {
  let project: CardProject;
  /** For rows that change nothing. */
  let shared: Repository;
  before(async () => {
    project = await CardProject.create();
    shared = project.open(await project.copy());
  });
  after(async () => {
    shared.close();
    await project.remove();
  });

  function check(row: ServerRow, says: string, repository: Repository): void {
    const before = project.state(repository);
    const reply = handleXfer(repository, requestOf(row, says));
    const { answer, errors } = cardReply(reply.status, reply.body, { keepsVersion: row.isBare === true });
    if (typeof row.answer === 'string') assert.equal(answer, row.answer);
    else assert.match(answer, row.answer);
    assert.equal(errors, row.errors ?? 0);
    assert.deepEqual(changesBetween(before, project.state(repository)), row.changes ?? []);
  }

  for (const row of SERVER_ROWS) {
    it(`${row.card} ${row.rule}`, async () => {
      if (row.before === undefined && row.changes === undefined) {
        shared.db.exec(startOf(row));
        for (const says of row.says) check(row, says, shared);
        return;
      }
      for (const says of row.says) {
        const repository = project.open(await project.copy(startOf(row)));
        try {
          check(row, says, repository);
        } finally {
          repository.close();
        }
      }
    });
  }

  it('is told of every card of the chapter: as it should be, as it should not, and what is for clients', () => {
    const told = (card: ChapterCard, ...kinds: ServerRow['is'][]): boolean =>
      SERVER_ROWS.some((row) => row.card === card && kinds.includes(row.is));
    /** What can be written in no wrong way. */
    const always: readonly ChapterCard[] = [
      '#',
      'a blank line',
      'clone 1',
      'pragma send-catalog',
      'pragma req-links',
      'pragma req-clusters',
    ];
    for (const card of Object.keys(CARDS) as ChapterCard[]) {
      if (card === 'an unknown card') assert.ok(told(card, 'malformed') && told(card, 'oversized'), card);
      else if (!isFor(card, 'server')) assert.ok(told(card, 'misplaced'), card);
      else {
        assert.ok(told(card, 'fine'), card);
        assert.ok(always.includes(card) || told(card, 'malformed', 'misplaced', 'forbidden'), `${card}, malformed`);
      }
    }
    for (const card of Object.values(CARD_OF_KIND)) assert.ok(card in CARDS, card);
    for (const card of ['file', 'cfile', 'file of a delta', 'uvfile', 'config'] as const)
      assert.ok(told(card, 'oversized'), `${card}, oversized`);
  });
});
