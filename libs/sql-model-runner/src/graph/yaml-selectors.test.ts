import { describe, expect, test } from 'vitest';
import { parseYaml } from '../project/yaml-cursor.ts';
import { projectOf } from '../testing/project-of.ts';
import { selectNodes } from './select.ts';
import { namedSelection, readSelectors } from './yaml-selectors.ts';

const SELECTORS = readSelectors(
  parseYaml(
    'selectors.yml',
    `selectors:
- {name: nightly, definition: "tag:nightly", default: true}
- name: mixed
  definition:
    union:
    - {method: fqn, value: b, parents: true}
    - {method: selector, value: nightly}
    - exclude: [{method: fqn, value: a}]
- name: both
  definition: {intersection: ["tag:nightly", {path: models/x}]}
- {name: round, definition: {method: selector, value: trip}}
- {name: trip, definition: {method: selector, value: round}}
`,
  ),
);
const project = projectOf({
  'models/a.sql': 'select 1',
  'models/b.sql': "select * from {{ ref('a') }}",
  'models/x/c.sql': "{{ config(tags='nightly') }} select 1",
  'models/d.sql': "{{ config(tags='nightly') }} select 1",
});
const chosen = (name: string): readonly string[] =>
  [
    ...selectNodes(project, { include: namedSelection(SELECTORS, name), exclude: null, indirect: 'eager', state: null })
      .ids,
  ]
    .map((id) => id.split('.').at(-1) ?? '')
    .toSorted();

describe(namedSelection, () => {
  test('unions, intersections, exclusions and selectors that name others', () => {
    expect(chosen('nightly')).toEqual(['c', 'd']);
    expect(chosen('mixed')).toEqual(['b', 'c', 'd']);
    expect(chosen('both')).toEqual(['c']);
  });

  test('a cycle is shown as a path, an unknown name suggests the nearest', () => {
    expect(() => namedSelection(SELECTORS, 'round')).toThrow('round → trip → round');
    expect(() => namedSelection(SELECTORS, 'nightli')).toThrow('did you mean "nightly"?');
  });
});
