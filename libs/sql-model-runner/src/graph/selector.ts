import { SelectionError } from '../errors.ts';

export const SELECTOR_METHODS = [
  'fqn',
  'tag',
  'path',
  'file',
  'source',
  'resource_type',
  'config',
  'package',
  'test_type',
  'test_name',
  'exposure',
  'group',
  'access',
  'version',
  'unit_test',
  'state',
  'result',
  'source_status',
] as const;
export type SelectorMethod = (typeof SELECTOR_METHODS)[number];

/** One criterion such as `2+tag:nightly+`. */
export interface Criterion {
  readonly raw: string;
  readonly method: SelectorMethod;
  /** What follows the method's name: `config.materialized` gives `['materialized']`. */
  readonly methodArguments: readonly string[];
  readonly value: string;
  /** `@`: the descendants, and all that those are built from. */
  readonly childrensParents: boolean;
  /** How many steps up, infinity for a `+` alone, 0 for none. */
  readonly parentsDepth: number;
  readonly childrenDepth: number;
  /** How tests are chosen with what this chooses; unset: as the request says. */
  readonly indirect?: IndirectSelection;
}

/** `eager`: with any node that it reads; `cautious`: with all; `buildable`: with all or what is above; `empty`: not at all. */
export type IndirectSelection = (typeof INDIRECT_SELECTIONS)[number];
export const INDIRECT_SELECTIONS = ['eager', 'cautious', 'buildable', 'empty'] as const;

/** A selection as an expression. */
export type Selector =
  | { readonly kind: 'criterion'; readonly criterion: Criterion }
  | {
      readonly kind: 'union' | 'intersection';
      readonly parts: readonly Selector[];
      /** Whether a test all of whose nodes only the parts together choose is chosen too; selectors.yml's are not. */
      readonly gathersTests?: boolean;
    }
  | { readonly kind: 'difference'; readonly of: Selector; readonly minus: Selector };

const PATTERN =
  /^(?<at>@)?(?<parents>(?<parentsDepth>\d*)\+)?(?:(?<method>[\w.]+):)?(?<value>.*?)(?<children>\+(?<childrenDepth>\d*))?$/su;

/**
 * Reads selectors in dbt's notation: a space (or a further argument) is a union, a comma an intersection.
 *
 * @throws SelectionError on an unknown method or an empty value.
 */
export function parseSelector(texts: readonly string[]): Selector {
  const parts = texts.flatMap((text) => text.split(/\s+/u)).filter((part) => part !== '');
  return {
    kind: 'union',
    gathersTests: true,
    parts: parts.map((part) => ({
      kind: 'intersection',
      gathersTests: true,
      parts: part.split(',').map((raw) => ({ kind: 'criterion', criterion: parseCriterion(raw) })),
    })),
  };
}

/** Reads one criterion. @throws SelectionError */
export function parseCriterion(raw: string): Criterion {
  const groups = PATTERN.exec(raw)?.groups ?? {};
  const value = groups['value'] ?? '';
  if (value === '')
    throw new SelectionError(raw, 'nothing to select is named; expected e.g. "my_model", "tag:nightly" or "+my_model"');
  const [name = '', ...methodArguments] = (groups['method'] ?? defaultMethod(value)).split('.');
  const childrensParents = groups['at'] !== undefined;
  if (childrensParents && groups['children'] !== undefined) {
    throw new SelectionError(raw, 'a leading "@" and a trailing "+" exclude each other; use one of them');
  }
  return {
    raw,
    method: methodOf(raw, name),
    methodArguments,
    value,
    childrensParents,
    parentsDepth: depthOf(groups['parents'], groups['parentsDepth']),
    childrenDepth: depthOf(groups['children'], groups['childrenDepth']),
  };
}

/** @throws SelectionError when there is no such method. */
export function methodOf(raw: string, name: string): SelectorMethod {
  const method = SELECTOR_METHODS.find((known) => known === name);
  if (method !== undefined) return method;
  throw new SelectionError(raw, `"${name}" is no method of selection; expected one of ${SELECTOR_METHODS.join(', ')}`);
}

function depthOf(operator: string | undefined, depth: string | undefined): number {
  if (operator === undefined) return 0;
  return depth === undefined || depth === '' ? Number.POSITIVE_INFINITY : Number(depth);
}

function defaultMethod(value: string): SelectorMethod {
  if (value.includes('/')) return 'path';
  return /\.(?:sql|py|csv)$/iu.test(value) ? 'file' : 'fqn';
}
