import type { NodeConfig } from '../project/config.ts';
import type { ProjectNode, RelationName } from '../project/project.ts';
import type { ColumnProperties } from '../project/properties.ts';

/** What stands under a name in the database. */
export type RelationKind = 'table' | 'view' | 'materialized_view';

/** A relation that exists. */
export interface ExistingRelation {
  readonly name: RelationName;
  readonly kind: RelationKind;
  /** Whether the engine empties it when the server crashes. */
  readonly isUnlogged: boolean;
  /** Engine's own handle of the relation, stable under renames. */
  readonly handle: string;
}

/** A column as the database describes it. */
export interface RelationColumn {
  readonly name: string;
  /** Type without its modifier, e.g. `character varying`, `numeric`. */
  readonly dataType: string;
  /** Type with its modifier, e.g. `character varying(20)`. */
  readonly fullType: string;
  readonly charSize: number | null;
  readonly numericPrecision: number | null;
  readonly numericScale: number | null;
}

/** What a statement gave. Rows are arrays in the order of `columns`. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows returned or changed; null for statements that count none. */
  readonly rowCount: number | null;
  /** A word for each column's type where templates read it otherwise than as text: `date`, `timestamp`, `timestamptz`, `numeric`. */
  readonly types?: readonly string[];
  /** The engine's names of the types. */
  readonly typeNames?: readonly string[];
  /** `SELECT`, `INSERT`, … */
  readonly command?: string;
}

/** A comment that goes with statements to the server, for those who look into its logs. */
export interface StatementComment {
  /** Without what ends a comment. */
  readonly text: string;
  /** Whether it stands behind the statement instead of in front. */
  readonly isAppended: boolean;
}

/**
 * The adapter seam: what the runner needs of an engine. A session runs one node at a time; the sessions of a warehouse are
 * independent connections.
 */
export interface Session {
  /** Runs one statement, or several separated by semicolons when there are no parameters (the last result is returned). @throws DatabaseError */
  execute(sql: string, parameters?: readonly (string | null)[]): Promise<QueryResult>;
  /** Puts a comment to every statement from now on, until the session is given back; null: none. */
  annotate(comment: StatementComment | null): void;
  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` while no other run builds the same relation. */
  exclusively<T>(relation: RelationName, work: () => Promise<T>): Promise<T>;
  findRelation(name: RelationName): Promise<ExistingRelation | null>;
  columnsOf(relation: ExistingRelation): Promise<readonly RelationColumn[]>;
  /** Everything that stands in a schema. */
  listRelations(schema: string): Promise<readonly ExistingRelation[]>;
  /** Whether an unlogged relation lost its rows to a crash since it was built. */
  wasReset(relation: ExistingRelation): Promise<boolean>;
  /** Why an incremental model cannot go on from its table and has to be built anew; null when it can. */
  rebuildReason(relation: ExistingRelation, node: ProjectNode): Promise<string | null>;
  /**
   * Whether a model can be built as it is configured, as far as the engine can tell before.
   *
   * @param shape a relation with the model's columns.
   * @throws ModelRunnerError naming the key.
   */
  checkConfig(node: ProjectNode, shape: RelationName): Promise<void>;
  /** Rows that it holds by the engine's statistics; null before they were gathered. */
  estimateRows(relation: ExistingRelation): Promise<number | null>;
  /** Whether it holds no row. */
  isEmpty(relation: ExistingRelation): Promise<boolean>;
}

/** A hook as configured: `transaction` says whether it runs inside the node's transaction. */
export interface Hook {
  readonly sql: string;
  readonly transaction: boolean;
  /** Makes the SQL at the moment in which the hook runs; unset where it is ready. */
  readonly render?: () => Promise<string>;
}

/** What a materialization is given to build one node. */
export interface BuildRequest {
  readonly node: ProjectNode;
  readonly config: NodeConfig;
  readonly relation: RelationName;
  /** The compiled select; for seeds empty. */
  readonly sql: string;
  readonly seed: SeedRows | null;
  /** Turns what a constraint refers to (`ref('a')`) into SQL. */
  readonly reference?: (text: string) => string;
  /** Of a snapshot: what its strategy says. */
  readonly snapshot?: SnapshotStrategy | null;
  /** The statements of a strategy of incremental models that the project defines itself. */
  readonly writeIncrement?: ((increment: Increment) => Promise<string>) | null;
  readonly existing: ExistingRelation | null;
  /** Build anew even if the materialization could go on from what exists. */
  readonly fullRefresh: boolean;
  /** Hooks in their order. */
  readonly preHooks: readonly Hook[];
  readonly postHooks: readonly Hook[];
  /** Notes for whoever reads the results: never fatal. */
  readonly warn: (message: string) => void;
  readonly columns: readonly ColumnProperties[];
  /** The moment that partitions ahead and the retention count from. Default: now. */
  readonly startedAt?: Date;
}

/** How a snapshot tells that a row changed, as SQL. */
export interface SnapshotStrategy {
  readonly uniqueKey: readonly string[];
  /** Whether the key was a list: it is then compared column by column. */
  readonly isKeyList: boolean;
  readonly updatedAt: string;
  /** Over `snapshotted_data` and `source_data`. */
  readonly rowChanged: string;
  readonly scdId: string;
  readonly hardDeletes: 'ignore' | 'invalidate' | 'new_record';
  /** An expression of the moment, for what disappeared. */
  readonly now: string;
  /** The names of the columns that dbt adds. */
  readonly columns: SnapshotColumns;
  /** What `dbt_valid_to` holds of rows that are valid, as SQL; null: null. */
  readonly validToCurrent: string | null;
  readonly newScdId: string;
}

export interface SnapshotColumns {
  readonly validFrom: string;
  readonly validTo: string;
  readonly scdId: string;
  readonly updatedAt: string;
  readonly isDeleted: string;
}

/** What the statements of an increment are made from. */
export interface Increment {
  /** The temporary relation that holds the new rows. */
  readonly source: string;
  readonly columns: readonly RelationColumn[];
}

/** A seed's content: texts as in the file, null where the file says so. */
export interface SeedRows {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly quoted: boolean }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface BuildOutcome {
  /** Rows written; null where there is no such number (views). */
  readonly rows: number | null;
  /** The statements that made it, as written to target/run. */
  readonly statements: readonly string[];
}

export type Materialization = (session: Session, request: BuildRequest) => Promise<BuildOutcome>;

/** An engine behind the runner. */
export interface Warehouse extends AsyncDisposable {
  readonly type: string;
  /** By name: `table`, `view`, `incremental`, `materialized_view`, `snapshot`, `seed`. */
  readonly materializations: Readonly<Record<string, Materialization>>;
  /** Runs `use` on a session of its own; waits while all are busy. An aborted signal cancels its running statement on the server. */
  withSession<T>(use: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Makes the schemas exist and removes what a killed run left under the names that these nodes use. */
  prepare(nodes: readonly ProjectNode[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Opens an engine with at most `sessions` connections at a time. */
export type Connect = (options: { readonly sessions: number }) => Promise<Warehouse>;
