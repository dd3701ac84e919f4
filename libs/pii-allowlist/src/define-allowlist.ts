import { AllowlistDefinitionError } from './errors.ts';
import { ruleOf, type AnyField, type Field } from './field.ts';

/** Fields by their path in the source's document: names joined by dots, e.g. `configuration.userSetTemp`. */
export type AllowlistFields = Readonly<Record<string, AnyField>>;

/** What may be kept of one source entity, and why. Read it aloud: it is the whole of what the platform stores of it. */
export interface AllowlistDefinition<Fields extends AllowlistFields = AllowlistFields> {
  /** Name of the source entity, e.g. `DeviceState`. */
  readonly entity: string;
  readonly fields: Fields;
  /** Paths that the source documents and the platform leaves out on purpose, with the reason. They are dropped like any other path. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/** The values that a projection gives by path: a key field always has one, every other may be null. */
export type RowOf<Fields extends AllowlistFields> = {
  readonly [Path in keyof Fields]: Fields[Path] extends Field<infer Value, infer Key>
    ? Key extends true
      ? Value
      : Value | null
    : never;
};

/** A name that objects inherit or treat specially has no place in a path. */
const SPECIAL_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Checks a declaration and freezes it.
 *
 * @throws AllowlistDefinitionError if there is no key field or no field at all, a reason is missing, a path is malformed, declared
 *   twice (also as allowed and left out) or lies below another field, or a field was not made by this library.
 */
export function defineAllowlist<const Fields extends AllowlistFields>(
  definition: Omit<AllowlistDefinition<Fields>, 'leftOut'> & Partial<Pick<AllowlistDefinition, 'leftOut'>>,
): AllowlistDefinition<Fields> {
  const { entity, fields, leftOut = {} } = definition;
  for (const [path, field] of Object.entries<AnyField>(fields)) checkField(path, field);
  for (const [path, reason] of Object.entries(leftOut)) checkPath(path, reason);
  if (!Object.values<AnyField>(fields).some((field) => field.key)) {
    throw new AllowlistDefinitionError(null, `allowlist "${entity}" declares no key field; mark one with key: true`);
  }
  checkOverlap([...Object.keys(fields), ...Object.keys(leftOut)]);
  return Object.freeze({ entity, fields: Object.freeze({ ...fields }), leftOut: Object.freeze({ ...leftOut }) });
}

function checkField(path: string, field: AnyField): void {
  if (ruleOf(field) === undefined) {
    throw new AllowlistDefinitionError(path, 'is no field of this library; use number(), identifier() and the like');
  }
  checkPath(path, field.reason);
  if (field.key && path.includes('.'))
    throw new AllowlistDefinitionError(path, 'a key field stands at the top of the document');
}

function checkPath(path: string, reason: unknown): void {
  if (typeof reason !== 'string' || reason.trim() === '') throw new AllowlistDefinitionError(path, 'says no reason');
  const malformed = path
    .split('.')
    .some((name) => !/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(name) || SPECIAL_NAMES.has(name));
  if (malformed) throw new AllowlistDefinitionError(path, 'is no path of names joined by dots');
}

function checkOverlap(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) throw new AllowlistDefinitionError(path, 'is declared twice');
    seen.add(path);
  }
  for (const path of paths) {
    for (let end = path.lastIndexOf('.'); end > 0; end = path.lastIndexOf('.', end - 1)) {
      if (seen.has(path.slice(0, end))) {
        throw new AllowlistDefinitionError(path, `lies below "${path.slice(0, end)}", which is declared too`);
      }
    }
  }
}
