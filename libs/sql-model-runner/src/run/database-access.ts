import type { AdapterAccess } from '../compile/adapter-value.ts';
import type { Session } from '../warehouse/warehouse.ts';

/** What templates ask of a session, each statement for itself. */
export function plainAccess(session: Session): AdapterAccess {
  return {
    execute: (sql) => session.execute(sql),
    findRelation: (name) => session.findRelation(name),
    columnsOf: (relation) => session.columnsOf(relation),
    listRelations: (schema) => session.listRelations(schema),
    commit: () => Promise.resolve(),
  };
}

/** Access in dbt's way: the first statement begins a transaction, `commit()` ends it, what was not committed is undone. */
export class TransactionalAccess implements AdapterAccess {
  /** What was run, for target/run. */
  readonly statements: string[] = [];
  /** Rows that the last statement changed; null where it counted none. */
  lastRowCount: number | null = null;
  readonly #session: Session;
  #isOpen = false;

  constructor(session: Session) {
    this.#session = session;
  }

  async execute(sql: string): ReturnType<AdapterAccess['execute']> {
    await this.#begin();
    this.statements.push(sql.trim().replace(/;$/u, ''));
    const result = await this.#session.execute(sql);
    this.lastRowCount = result.rowCount;
    return result;
  }

  async findRelation(name: Parameters<AdapterAccess['findRelation']>[0]): ReturnType<AdapterAccess['findRelation']> {
    return this.#session.findRelation(name);
  }

  async columnsOf(relation: Parameters<AdapterAccess['columnsOf']>[0]): ReturnType<AdapterAccess['columnsOf']> {
    return this.#session.columnsOf(relation);
  }

  listRelations(schema: string): ReturnType<AdapterAccess['listRelations']> {
    return this.#session.listRelations(schema);
  }

  async commit(): Promise<void> {
    if (this.#isOpen) await this.#session.execute('commit');
    this.#isOpen = false;
  }

  /** Undoes what was not committed. */
  async rollBack(): Promise<void> {
    if (this.#isOpen) await this.#session.execute('rollback');
    this.#isOpen = false;
  }

  async #begin(): Promise<void> {
    if (!this.#isOpen) await this.#session.execute('begin');
    this.#isOpen = true;
  }
}
