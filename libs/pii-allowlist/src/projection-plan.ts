import { addCount, type DropReport } from './drop-report.ts';
import { AllowlistDefinitionError } from './errors.ts';
import { ruleOf, type FieldValue } from './field.ts';
import type { AllowlistFields } from './define-allowlist.ts';

/** Why a row is quarantined: a code, and the declared path where one is at fault. Never a part of the row. */
export type QuarantineReason = 'not_an_object' | 'unreadable' | `key_missing:${string}` | `key_invalid:${string}`;

/** What one projection collects; counts reach the report only if the row is kept. */
export interface Projection {
  readonly values: (FieldValue | null)[];
  /** Pairs of a parent path and the number of undeclared fields in it, flat. */
  readonly dropped: (string | number)[];
  readonly mismatched: string[];
  refused: QuarantineReason | null;
}

/** JSON text of an allowed part of the document, or undefined where nothing of it is allowed. `raw` is neither undefined nor null. */
type Step = (raw: unknown, projection: Projection) => string | undefined;

/** A declaration compiled once: nested steps that know their names, so that no path is walked per row. */
export interface ProjectionPlan {
  readonly slots: ReadonlyMap<string, number>;
  readonly run: Step;
}

interface Branch {
  readonly [name: string]: Branch | string;
}

/** Compiles the fields of a checked declaration. */
export function planProjection(fields: AllowlistFields): ProjectionPlan {
  const paths = Object.keys(fields);
  const slots = new Map(paths.map((path, slot) => [path, slot]));
  return { slots, run: objectStep('', treeOf(paths), fields, slots) };
}

/** Adds what a kept row left out to `report`. */
export function reportDrops(projection: Projection, report: DropReport): void {
  const { dropped, mismatched } = projection;
  for (let index = 0; index < dropped.length; index += 2) {
    addCount(report.dropped, String(dropped[index]), Number(dropped[index + 1]));
  }
  for (const path of mismatched) addCount(report.mismatched, path, 1);
}

function treeOf(paths: readonly string[]): Branch {
  const root: Record<string, Branch | string> = Object.create(null);
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    let branch = root;
    for (const name of names) branch = (branch[name] ??= Object.create(null)) as Record<string, Branch | string>;
    branch[last] = path;
  }
  return root;
}

function objectStep(path: string, branch: Branch, fields: AllowlistFields, slots: ReadonlyMap<string, number>): Step {
  const names = Object.keys(branch);
  const below = path === '' ? '' : `${path}.`;
  const positions = new Map(names.map((name, position) => [name, position]));
  const keyPaths = names.map((name) => (fields[below + name]?.key === true ? below + name : null));
  const firstStarts = names.map((name) => `{${JSON.stringify(name)}:`);
  const nextStarts = names.map((name) => `,${JSON.stringify(name)}:`);
  const steps = Object.entries(branch).map(([name, child]) =>
    typeof child === 'string' ? fieldStep(child, fields, slots) : objectStep(below + name, child, fields, slots),
  );
  const dropPath = `${below}*`;
  const nothing = names.map((): unknown => undefined);
  return (raw, projection) => {
    if (typeof raw !== 'object' || Array.isArray(raw)) return mismatch(path, projection);
    const found = nothing.slice();
    const undeclared = collect(raw as object, positions, found);
    if (undeclared > 0) projection.dropped.push(dropPath, undeclared);
    let text = '';
    for (let position = 0; position < steps.length; position += 1) {
      const value = found[position];
      const json = value === undefined || value === null ? undefined : steps[position]!(value, projection);
      if (json !== undefined) text += (text === '' ? firstStarts : nextStarts)[position]! + json;
      else if (keyPaths[position] !== null) {
        projection.refused = `${value === undefined || value === null ? 'key_missing' : 'key_invalid'}:${keyPaths[position]!}`;
        return undefined;
      }
    }
    return text === '' ? undefined : `${text}}`;
  };
}

/**
 * Puts the values of declared names into `found`; each is read once, undeclared ones never.
 *
 * @returns the number of undeclared names.
 */
function collect(source: object, positions: ReadonlyMap<string, number>, found: unknown[]): number {
  let undeclared = 0;
  for (const name of Object.keys(source)) {
    const position = positions.get(name);
    if (position === undefined) undeclared += 1;
    else found[position] = (source as Readonly<Record<string, unknown>>)[name];
  }
  return undeclared;
}

function fieldStep(path: string, fields: AllowlistFields, slots: ReadonlyMap<string, number>): Step {
  const rule = ruleOf(fields[path]);
  const slot = slots.get(path);
  if (rule === undefined || slot === undefined) throw new AllowlistDefinitionError(path, 'is no field of this library');
  return (raw, projection) => {
    const value = rule.read(raw);
    if (value === undefined) return mismatch(path, projection);
    projection.values[slot] = value;
    return rule.write(value);
  };
}

function mismatch(path: string, projection: Projection): undefined {
  projection.mismatched.push(path);
  return undefined;
}
