/** A column and its type, as PostgreSQL writes it; null where only the name is known. */
export interface PlanColumn {
  readonly name: string;
  readonly type: string | null;
}

/** What a run would do to the columns of a relation that exists. */
export interface ColumnChanges {
  readonly added: readonly PlanColumn[];
  readonly removed: readonly PlanColumn[];
  readonly retyped: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** Compares columns by name, then by type where both are known. @param kept names that stay though `after` lacks them. */
export function diffColumns(
  before: readonly PlanColumn[],
  after: readonly PlanColumn[],
  kept: readonly string[],
): ColumnChanges {
  const former = new Map(before.map((column) => [column.name, column]));
  const names = new Set([...after.map(({ name }) => name), ...kept]);
  return {
    added: after.filter(({ name }) => !former.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    retyped: after.flatMap(({ name, type }) => {
      const from = former.get(name)?.type ?? null;
      return from === null || type === null || from === type ? [] : [{ name, from, to: type }];
    }),
  };
}
