import { describe, expect, test } from 'vitest';
import { SelectionError } from '../errors.ts';
import { projectOf } from '../testing/project-of.ts';
import { selectNodes } from './select.ts';
import { selectionRequest } from './selection-request.ts';
import { parseSelector } from './selector.ts';

const project = projectOf({
  'dbt_project.yml':
    'name: shop\nmodels: {shop: {staging: {+tags: [staging, raw], +materialized: view}, marts: {+materialized: table}}}\nseeds: {+tags: static}\n',
  'models/sources.yml':
    'sources: [{name: raw, tables: [{name: orders, data_tests: [{exists: {arguments: {column_name: id}}}]}, {name: items}]}]',
  'models/staging/stg_orders.sql': "select * from {{ source('raw', 'orders') }}",
  'models/staging/stg_items.sql': "select * from {{ source('raw', 'items') }}",
  'models/marts/orders.sql':
    "select * from {{ ref('stg_orders') }} join {{ ref('stg_items') }} using (id) join {{ ref('countries') }} using (code)",
  'models/marts/report.sql': "{{ config(tags='nightly', unlogged=true) }} select * from {{ ref('orders') }}",
  'models/marts/marts.yml': 'models: [{name: orders, columns: [{name: id, data_tests: [unique, not_null]}]}]',
  'macros/tests.sql': '{% test exists(model, column_name) %} select 1 {% endtest %}',
  'seeds/countries.csv': 'code\nDE\n',
  'tests/totals_match.sql': "select * from {{ ref('report') }}, {{ ref('orders') }}",
});

const chosen = (select: readonly string[] | null, exclude: readonly string[] = []): readonly string[] => {
  const { ids } = selectNodes(project, selectionRequest({ ...(select === null ? {} : { select }), exclude }));
  return [...ids].map((id) => (project.nodes.get(id) ?? project.sources.get(id))?.name ?? id).toSorted();
};

const models = (select: readonly string[], exclude: readonly string[] = []): readonly string[] =>
  chosen(select, [...exclude, 'resource_type:test']);

describe(selectNodes, () => {
  test.each([
    [['orders'], ['orders']],
    [['shop.marts'], ['orders', 'report']],
    [['marts'], ['orders', 'report']],
    [['marts.*'], ['orders', 'report']],
    [['stg_*'], []],
    [['staging.stg_*'], ['stg_items', 'stg_orders']],
    [['tag:nightly'], ['report']],
    [['tag:n*'], ['report']],
    [['path:models/staging'], ['items', 'orders', 'stg_items', 'stg_orders'].slice(2)],
    [['models/marts/report.sql'], ['report']],
    [['models/**/stg_*.sql'], ['stg_items', 'stg_orders']],
    [['report.sql'], ['report']],
    [['file:report'], ['report']],
    [['source:raw.items'], ['items']],
    [['source:raw+'], ['items', 'orders', 'orders', 'report', 'stg_items', 'stg_orders']],
    [['resource_type:seed'], ['countries']],
    [['config.materialized:table'], ['orders', 'report']],
    [['config.unlogged:true'], ['report']],
    [['+orders'], ['countries', 'items', 'orders', 'orders', 'stg_items', 'stg_orders']],
    [['1+orders'], ['countries', 'orders', 'stg_items', 'stg_orders']],
    [['stg_orders+1'], ['orders', 'stg_orders']],
    [['stg_orders+'], ['orders', 'report', 'stg_orders']],
    [['@stg_orders'], ['countries', 'items', 'orders', 'orders', 'report', 'stg_items', 'stg_orders']],
    [
      ['stg_orders', 'report'],
      ['report', 'stg_orders'],
    ],
    [['stg_orders report'], ['report', 'stg_orders']],
    [['stg_orders+,+report'], ['orders', 'report', 'stg_orders']],
    [['tag:static'], ['countries']],
    [['fqn:shop.staging.stg_items'], ['stg_items']],
    [['package:shop,tag:raw'], ['stg_items', 'stg_orders']],
    [['package:other'], []],
  ])('%j chooses %j', (select, names) => {
    expect(models(select, ['path:models/sources.yml,resource_type:test'])).toEqual(names);
  });

  test('a test comes with any of the nodes that it reads', () => {
    expect(chosen(['report'])).toEqual(['report', 'totals_match']);
    expect(chosen(['test_type:singular'])).toEqual(['totals_match']);
    expect(chosen(['test_name:unique'])).toEqual(['unique_orders_id']);
    expect(chosen(['source:raw.orders'])).toEqual(['orders', 'source_exists_raw_orders_id']);
  });

  test('excludes what is excluded, and everything is chosen by default', () => {
    expect(chosen(null, ['+report', 'countries'])).toEqual([]);
    expect(chosen(null).length).toBe(project.nodes.size + project.sources.size);
  });

  test('tells which criteria named nothing', () => {
    expect(selectNodes(project, selectionRequest({ select: ['ordres', 'report'] })).unmatched).toEqual(['ordres']);
  });
});

describe(parseSelector, () => {
  test.each([
    ['tga:x', 'selector "tga:x": "tga" is no method of selection; expected one of fqn, tag, path'],
    ['+', 'selector "+": nothing to select is named'],
    ['@a+', 'a leading "@" and a trailing "+" exclude each other'],
  ])('%s is refused', (text, message) => {
    expect(() => parseSelector([text])).toThrow(SelectionError);
    expect(() => parseSelector([text])).toThrow(message);
  });
});
