import { copyFile } from 'node:fs/promises';
import { FossilCheckout } from './fossil-checkout';
import { XferFixture } from './xfer-fixture';

const BASE = 'base.fossil';

/** A small repository, of which every hostile message gets a copy of its own. */
export class HostileBase {
  private constructor(readonly fixture: XferFixture) {}

  static async create(): Promise<HostileBase> {
    const fixture = await XferFixture.create();
    await fixture.newRepository(BASE);
    const checkout = await FossilCheckout.open(fixture, BASE);
    await checkout.commit('first', { 'a.txt': 'one\n'.repeat(100) });
    // Fossil makes the table of unversioned files with the first one only, and fails before.
    await checkout.fossil('uv', 'add', 'a.txt', '--as', 'uv.txt');
    await checkout.fossil('close');
    return new HostileBase(fixture);
  }

  remove(): Promise<void> {
    return this.fixture.remove();
  }

  async copyTo(...names: string[]): Promise<void> {
    for (const name of names) await copyFile(this.fixture.path(BASE), this.fixture.path(name));
  }

  /** Looks with the engine, which starts no process. @returns the first column of each row */
  column(sql: string, name = BASE): string[] {
    const repository = this.fixture.open(name);
    try {
      return repository.db
        .prepare(sql)
        .all<Record<string, string>>()
        .flatMap((row) => Object.values(row).slice(0, 1));
    } finally {
      repository.close();
    }
  }

  /** Names of all artifacts with content, sorted. */
  artifacts(name = BASE): string[] {
    return this.column('SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid', name);
  }

  /** @returns how many errors `fossil` finds */
  async errorsIn(name: string): Promise<number> {
    const report = await this.fixture.fossil('test-integrity', '--quiet', '-R', this.fixture.path(name));
    return Number(/ (\d+) errors/.exec(report)?.[1]);
  }
}
