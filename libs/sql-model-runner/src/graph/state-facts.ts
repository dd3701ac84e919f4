/** What a former run left behind, as selectors ask for it. */
export interface StateFacts {
  /** Unique ids of its nodes, sources and exposures. */
  has(id: string): boolean;
  /**
   * Whether a node differs from what it was.
   *
   * @param aspect null for any; `body`, `configs`, `relation`, `persisted_descriptions`, `macros`, `contract`.
   */
  isModified(id: string, aspect: string | null): boolean;
  /** Status of a node in run_results.json; undefined where it did not run. */
  statusOf(id: string): string | undefined;
  /** Whether a source's rows are newer than in sources.json of the former run. */
  isFresher(id: string): boolean;
}
