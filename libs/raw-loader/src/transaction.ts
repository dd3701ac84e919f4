/** What the callers of a loader need of a statement's result; `pg` gives more. */
export interface LoaderQueryResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number | null;
}

/** The transaction that holds a batch's rows: what is written through it is stored with them or not at all. */
export interface LoaderTransaction {
  /**
   * Runs one statement; only until the callback that was given the transaction is done.
   *
   * @throws RawLoaderError if the database refuses; the transaction is lost then, so let the error pass.
   */
  query(text: string, values?: readonly unknown[]): Promise<LoaderQueryResult>;
}
