import { ProjectError } from '../errors.ts';
import { display } from '../project/display.ts';
import { isRecord, type YamlCursor } from '../project/yaml-cursor.ts';
import { suggestion } from '../project/suggestion.ts';
import { INDIRECT_SELECTIONS, methodOf, parseSelector, type Criterion, type Selector } from './selector.ts';

/** A selector of selectors.yml. */
export interface NamedSelector {
  readonly name: string;
  readonly isDefault: boolean;
  readonly definition: YamlCursor;
}

/** Reads the names of selectors.yml. @throws ProjectError with file and line. */
export function readSelectors(root: YamlCursor): readonly NamedSelector[] {
  return root
    .get('selectors')
    .items()
    .map((item) => ({
      name: item.get('name').isMissing ? item.get('name').fail('the name of the selector') : item.get('name').text(),
      isDefault: item.get('default').value === true,
      definition: item.get('definition'),
    }));
}

/** The selection that a selector's definition says. @throws ProjectError, SelectionError */
export function namedSelection(
  selectors: readonly NamedSelector[],
  name: string,
  seen: readonly string[] = [],
): Selector {
  const found = selectors.find((selector) => selector.name === name);
  if (!found)
    throw new ProjectError(
      `there is no selector "${name}"${suggestion(
        name,
        selectors.map((selector) => selector.name),
      )}`,
      { file: 'selectors.yml' },
    );
  if (seen.includes(name))
    throw new ProjectError(
      `the selectors ${[...seen, name].join(' → ')} name each other in a cycle`,
      found.definition.place,
    );
  return definitionOf(found.definition, (other) => namedSelection(selectors, other, [...seen, name]));
}

type Inherit = (name: string) => Selector;

function definitionOf(cursor: YamlCursor, inherit: Inherit): Selector {
  const { value } = cursor;
  if (typeof value === 'string') return parseSelector([value]);
  if (!isRecord(value)) return cursor.fail('a selector such as "tag:nightly", or a mapping with method and value');
  if ('union' in value || 'intersection' in value) {
    const kind = 'union' in value ? 'union' : 'intersection';
    return combined(kind, cursor.get(kind), inherit);
  }
  if ('method' in value) return methodSelector(cursor, inherit);
  const [key, ...others] = Object.keys(value);
  if (key === undefined || others.length > 0)
    return cursor.fail('one of method, union, intersection, or one method as key');
  return parseSelector([`${key}:${display(value[key])}`]);
}

function combined(kind: 'union' | 'intersection', list: YamlCursor, inherit: Inherit): Selector {
  const isExclusion = (item: YamlCursor): boolean =>
    isRecord(item.value) && 'exclude' in item.value && !('method' in item.value);
  const items = list.items();
  const parts = items.filter((item) => !isExclusion(item)).map((item) => definitionOf(item, inherit));
  const excluded = items.filter(isExclusion).map((item) => excludedBy(item, inherit));
  return without({ kind, parts }, excluded);
}

function excludedBy(item: YamlCursor, inherit: Inherit): Selector {
  return {
    kind: 'union',
    parts: item
      .get('exclude')
      .items()
      .map((part) => definitionOf(part, inherit)),
  };
}

function without(of: Selector, minus: readonly Selector[]): Selector {
  return minus.length === 0 ? of : { kind: 'difference', of, minus: { kind: 'union', parts: minus } };
}

function methodSelector(cursor: YamlCursor, inherit: Inherit): Selector {
  const method = cursor.get('method').text();
  const value = cursor.get('value').text();
  const minus = cursor.get('exclude').isMissing ? [] : [excludedBy(cursor, inherit)];
  if (method === 'selector') return without(inherit(value), minus);
  const [name = '', ...methodArguments] = method.split('.');
  const flag = (key: string): boolean => cursor.get(key).optionalBoolean() ?? false;
  const depth = (on: string, count: string): number => {
    if (!flag(on)) return 0;
    const given = cursor.get(count).value;
    return typeof given === 'number' ? given : Number.POSITIVE_INFINITY;
  };
  const raw = `${method}:${value}`;
  const criterion = {
    raw,
    method: methodOf(raw, name),
    methodArguments,
    value,
    childrensParents: flag('childrens_parents'),
    parentsDepth: depth('parents', 'parents_depth'),
    childrenDepth: depth('children', 'children_depth'),
    ...indirectOf(cursor.get('indirect_selection')),
  };
  return without({ kind: 'criterion', criterion }, minus);
}

function indirectOf(cursor: YamlCursor): Pick<Criterion, 'indirect'> {
  if (cursor.isMissing) return {};
  const indirect = INDIRECT_SELECTIONS.find((known) => known === cursor.value);
  return { indirect: indirect ?? cursor.fail(`one of ${INDIRECT_SELECTIONS.join(', ')}`) };
}
