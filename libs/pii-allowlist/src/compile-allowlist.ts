import { makeAllowed, type Allowed } from './allowed.ts';
import { defineAllowlist, type AllowlistDefinition, type AllowlistFields, type RowOf } from './define-allowlist.ts';
import type { DropReport } from './drop-report.ts';
import type { FieldValue } from './field.ts';
import { planProjection, reportDrops, type Projection, type QuarantineReason } from './projection-plan.ts';

/** A kept row, or the reason why it goes into quarantine. */
export type ProjectionResult<T> =
  { readonly ok: true; readonly row: Allowed<T> } | { readonly ok: false; readonly reason: QuarantineReason };

/** A compiled allowlist. It keeps no state between rows. */
export interface Projector<T> {
  readonly entity: string;
  /**
   * Keeps what the allowlist names and drops the rest.
   *
   * @param value anything; usually an item of a page as `JSON.parse` gave it. Only own enumerable properties are looked at, undeclared ones
   *   never further than their name. Absent and null are the same.
   * @param report counts what a kept row left out; a quarantined row adds nothing.
   * @returns never throws: what cannot be read (a getter or a proxy that throws) is quarantined as `unreadable`.
   */
  project(value: unknown, report: DropReport): ProjectionResult<T>;
}

/** A row that a projector of `definition` makes: `AllowedRow<typeof deviceState>`. */
export type AllowedRow<Definition extends AllowlistDefinition> = Allowed<RowOf<Definition['fields']>>;

/**
 * Compiles a declaration into a projector; do it once, at the start.
 *
 * @throws AllowlistDefinitionError as `defineAllowlist` does: a definition that bypassed it is checked here.
 */
export function compileAllowlist<Fields extends AllowlistFields>(
  definition: AllowlistDefinition<Fields>,
): Projector<RowOf<Fields>> {
  const { entity, fields } = defineAllowlist(definition);
  const plan = planProjection(fields);
  const noValues = Object.keys(fields).map((): FieldValue | null => null);
  const project = (value: unknown, report: DropReport): ProjectionResult<RowOf<Fields>> => {
    const values = noValues.slice();
    const projection: Projection = { values, dropped: [], mismatched: [], refused: null };
    const payload = runSafely(plan.run, value, projection);
    if (payload === undefined) return { ok: false, reason: projection.refused ?? 'not_an_object' };
    reportDrops(projection, report);
    return { ok: true, row: makeAllowed({ payload, values, slots: plan.slots }) };
  };
  return Object.freeze({ entity, project });
}

function runSafely(
  run: (raw: unknown, projection: Projection) => string | undefined,
  value: unknown,
  projection: Projection,
): string | undefined {
  if (value === null) return undefined;
  try {
    return run(value, projection);
  } catch {
    // A getter or a proxy of the input threw. What it threw may hold anything, so it is not passed on.
    projection.refused = 'unreadable';
    return undefined;
  }
}
