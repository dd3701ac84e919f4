import type { AllowlistDefinition, AnyField } from '@ovis/pii-allowlist';
import fc from 'fast-check';
import { canaryKey, canaryValue } from './canaries.ts';

/** Nested fields of a document while it is put together. */
type Tree = { [name: string]: Tree | fc.Arbitrary<unknown> };

/** Values of a field's own form, in which there is no room for anything personal. */
export type ValidValues = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

const nothing = Symbol('an absent field');

/** What a source may send where an allowlisted field is expected: what is right, nothing, or a canary. */
function fieldValue(path: string, field: AnyField, valid: ValidValues): fc.Arbitrary<unknown> {
  // An identifier may be any text of its form, so it carries no canary of that form.
  const isSafe = (value: unknown): boolean =>
    field.type !== 'identifier' || typeof value !== 'string' || value.length > 128 || !IDENTIFIER.test(value);
  return fc.oneof(
    { weight: field.key ? 30 : 3, arbitrary: valid[path] ?? validValue(path, field) },
    { weight: 2, arbitrary: canaryValue.filter(isSafe) },
    { weight: 1, arbitrary: fc.constantFrom(null, nothing) },
  );
}

function validValue(path: string, { type, accepts }: AnyField): fc.Arbitrary<unknown> {
  if (type === 'identifier') return fc.nat({ max: 1_000_000 }).map((number) => `d-${String(number)}`);
  // All ranges of the platform's allowlists hold both.
  if (type === 'number' || type === 'integer') return fc.constantFrom(0, 1, '1');
  if (type === 'boolean') return fc.boolean();
  if (type === 'enumeration') return fc.constantFrom(...accepts.replace(/^one of /, '').split(', '));
  if (type === 'timestamp') return fc.constantFrom('2026-11-20T01:40:12Z', '2026-11-21T03:40:12.5+02:00');
  if (type === 'date') return fc.constant('2026-11-22');
  if (type === 'version') return fc.constantFrom('4.6.1', '5.0.0-rc.1');
  throw new TypeError(`${path} is a ${type}; say what is valid`);
}

/** Documents of any shape around an entity of a contract: each has canaries where nothing is allowed. */
export function canaryDocuments(definition: AllowlistDefinition, valid: ValidValues = {}): fc.Arbitrary<unknown> {
  const tree: Tree = {};
  for (const [path, field] of Object.entries(definition.fields)) plant(tree, path, fieldValue(path, field, valid));
  for (const path of Object.keys(definition.leftOut)) plant(tree, path, canaryValue);
  return fc.oneof({ weight: 60, arbitrary: objectOf(tree, 0) }, canaryValue, fc.constant(null));
}

function plant(tree: Tree, path: string, value: fc.Arbitrary<unknown>): void {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let branch = tree;
  for (const name of names) branch = (branch[name] ??= {}) as Tree;
  branch[last] = value;
}

function objectOf(tree: Tree, depth: number): fc.Arbitrary<unknown> {
  const declared = Object.entries(tree).map(([name, value]) =>
    fc.tuple(fc.constant(name), value instanceof fc.Arbitrary ? value : objectOf(value, depth + 1)),
  );
  const undeclared = fc.array(fc.tuple(fc.oneof(canaryKey, likeOneOf(Object.keys(tree))), canaryValue), {
    minLength: depth === 0 ? 1 : 0,
    maxLength: 3,
  });
  const whole = fc.tuple(fc.tuple(...declared), undeclared, fc.boolean()).map(([known, unknown, isUnknownFirst]) => {
    const entries = isUnknownFirst ? [...unknown, ...known] : [...known, ...unknown];
    return Object.fromEntries(entries.filter(([, value]) => value !== nothing));
  });
  return depth === 0 ? whole : fc.oneof({ weight: 8, arbitrary: whole }, canaryValue);
}

/** Names that are almost those of declared fields. */
function likeOneOf(names: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('Name', ' ', '\u0000', '.'))
    .map(([name, end]) => `${name}${end}`);
}
