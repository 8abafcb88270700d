import type { Database, OpenOptions, Statement } from '../../src/engine/platform/sqlite';
import type { Power } from './power';

/** A database that nobody can use any more once its machine has lost its power. */
export class PoweredDatabase implements Database {
  readonly path: string;
  readonly #database: Database;
  readonly #isPrivate: boolean;
  readonly #power: Power;
  readonly #statements = new Map<string, Statement>();

  /** @param path - as the machine names it */
  constructor(database: Database, path: string, { isPrivate = false }: OpenOptions, power: Power) {
    this.path = path;
    this.#database = database;
    this.#isPrivate = isPrivate;
    this.#power = power;
  }

  get generation(): number {
    return this.#database.generation;
  }

  get isInTransaction(): boolean {
    return this.#database.isInTransaction;
  }

  exec(sql: string): void {
    this.#power.require();
    this.#database.exec(sql);
  }

  prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    this.#power.require();
    const powered = this.#powered(this.#database.prepare(sql));
    this.#statements.set(sql, powered);
    return powered;
  }

  attach(path: string, schema: string, mode: OpenOptions['mode']): void {
    this.#power.require();
    this.#database.attach(path, schema, mode);
  }

  detach(schema: string): void {
    this.#power.require();
    this.#database.detach(schema);
  }

  transaction<T>(work: () => T): T {
    this.#power.require();
    return this.#database.transaction(work);
  }

  snapshot<T>(work: () => T): T {
    this.#power.require();
    return this.#database.snapshot(work);
  }

  persist(): void {
    this.#power.require();
    if (this.#isPrivate) this.#power.requireRoom(this.path);
    this.#database.persist();
  }

  close(): void {
    if (this.#isPrivate) this.persist();
    this.#database.close();
  }

  #powered(statement: Statement): Statement {
    const require = (): void => this.#power.require();
    return {
      run: (...parameters) => (require(), statement.run(...parameters)),
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Statement
      get: <Row>(...parameters: Parameters<Statement['get']>) => (require(), statement.get<Row>(...parameters)),
      all: <Row>(...parameters: Parameters<Statement['all']>) => (require(), statement.all<Row>(...parameters)),
      iterate: <Row>(...parameters: Parameters<Statement['iterate']>) => (
        require(),
        statement.iterate<Row>(...parameters)
      ),
    };
  }
}
