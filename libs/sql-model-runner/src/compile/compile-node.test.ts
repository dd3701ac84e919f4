import { describe, expect, test } from 'vitest';
import { projectOf } from '../testing/project-of.ts';
import type { ExistingRelation, QueryResult } from '../warehouse/warehouse.ts';
import type { ProjectNode } from '../project/project.ts';
import { compileNode, renderHook, type CompiledNode } from './compile-node.ts';
import { hooksOf } from './hook-config.ts';
import type { DatabaseAccess } from './run-context.ts';

const INVOCATION = { id: 'c0ffee', startedAt: new Date('2024-02-29T12:34:56.789Z'), verb: 'run', fullRefresh: false };

interface Options {
  readonly isIncremental?: boolean;
  readonly access?: DatabaseAccess;
  readonly logs?: string[];
}

const compile = (
  files: Readonly<Record<string, string>>,
  name: string,
  options: Options = {},
): Promise<CompiledNode> => {
  const project = projectOf(files);
  const node = [...project.nodes.values()].find((candidate) => candidate.name === name || candidate.alias === name);
  if (!node) throw new Error(`no node ${name} among ${[...project.nodes.keys()].join(', ')}`);
  return compileNode({
    project,
    node,
    invocation: INVOCATION,
    access: options.access ?? null,
    isIncremental: options.isIncremental ?? false,
    log: (message) => options.logs?.push(message),
    warn: (message) => options.logs?.push(`warning: ${message}`),
  });
};

const sqlOf = async (
  sql: string,
  files: Readonly<Record<string, string>> = {},
  options: Options = {},
): Promise<string> => (await compile({ 'models/m.sql': sql, ...files }, 'm', options)).sql;

describe(compileNode, () => {
  test('renders refs, sources and this as quoted relations', async () => {
    const files = {
      'models/a.sql': "{{ config(schema='marts', alias='A1') }} select 1",
      'models/s.yml': 'sources: [{name: raw, database: lake, tables: [{name: t}]}]',
    };
    expect(
      await sqlOf(
        "{{ ref('a') }} {{ ref('shop', 'a') }} {{ source('raw', 't') }} {{ this }} {{ this.schema }}.{{ this.identifier }}",
        files,
      ),
    ).toBe(
      '"postgres"."analytics_marts"."A1" "postgres"."analytics_marts"."A1" "lake"."raw"."t" "postgres"."analytics"."m" analytics.m',
    );
  });

  test('knows target, variables, the environment and the invocation', async () => {
    const sql =
      "{{ target.name }} {{ target.schema }} {{ target.type }} {{ var('a', 'x') }} {{ invocation_id }} {{ run_started_at.strftime('%Y-%m-%d %H:%M') }} {{ run_started_at }} {{ model.name }} {{ execute }} {{ flags.FULL_REFRESH }} {{ project_name }}";
    expect(await sqlOf(sql)).toBe(
      'dev analytics postgres x c0ffee 2024-02-29 12:34 2024-02-29 12:34:56.789000+00:00 m True False shop',
    );
  });

  test('is_incremental answers what the run found', async () => {
    const sql =
      "{{ config(materialized='incremental') }}select 1{% if is_incremental() %} where a > (select max(a) from {{ this }}){% endif %}";
    expect(await sqlOf(sql)).toBe('select 1');
    expect(await sqlOf(sql, {}, { isIncremental: true })).toBe(
      'select 1 where a > (select max(a) from "postgres"."analytics"."m")',
    );
  });

  test('puts ephemeral models in front, each once, those that others read first', async () => {
    const files = {
      'models/a.sql': "{{ config(materialized='ephemeral') }} select 1 as id",
      'models/b.sql': "{{ config(materialized='ephemeral') }} select * from {{ ref('a') }}",
    };
    expect(await sqlOf("-- twice\nwith x as (select 1) select * from {{ ref('b') }}, {{ ref('a') }}, x", files)).toBe(
      `-- twice
with __dbt__cte__a as (
select 1 as id
),  __dbt__cte__b as (
select * from __dbt__cte__a
), x as (select 1) select * from __dbt__cte__b, __dbt__cte__a, x`,
    );
  });

  test('macros call each other across files, take defaults and can be dispatched and overridden', async () => {
    const files = {
      'macros/a.sql': `{% macro cents(column, digits=2) -%} round({{ column }} / 100.0, {{ digits }}) {%- endmacro %}
        {% macro both(a, b) %}{{ cents(a) }}, {{ shop.cents(b, digits=1) }}{% endmacro %}
        {% macro pick() %}{{ return(adapter.dispatch('pick')()) }}{% endmacro %}`,
      'macros/b.sql': "{% macro default__pick() %}{{ return(['x', 'y']) }}{% endmacro %}",
    };
    expect(
      await sqlOf("{{ both('a', 'b') }} {{ pick() | join('+') }} {{ dbt.generate_schema_name('s') }}", files),
    ).toBe('round(a / 100.0, 2), round(b / 100.0, 1) x+y analytics_s');
  });

  test('queries while rendering, and reads the result as agate gives it', async () => {
    const result: QueryResult = {
      columns: ['code', 'n'],
      rows: [
        ['DE', 2],
        ['AT', 1],
      ],
      rowCount: 2,
    };
    const asked: string[] = [];
    const relation: ExistingRelation = {
      name: { database: 'postgres', schema: 's', identifier: 't' },
      kind: 'view',
      isUnlogged: false,
      handle: '1',
    };
    const access: DatabaseAccess = {
      execute: (sql) => {
        asked.push(sql.trim());
        return Promise.resolve(result);
      },
      findRelation: ({ identifier }) => Promise.resolve(identifier === 't' ? relation : null),
      listRelations: () => Promise.resolve([]),
      commit: () => Promise.resolve(),
      columnsOf: () =>
        Promise.resolve([
          {
            name: 'id',
            dataType: 'integer',
            fullType: 'integer',
            charSize: null,
            numericPrecision: null,
            numericScale: null,
          },
        ]),
    };
    const sql = `{% set t = run_query('select 1') %}{{ t.columns[0].values() | join(',') }} {% for row in t %}{{ row.code }}={{ row['n'] }}{{ row[0] }};{% endfor %}
{%- call statement('x', fetch_result=true) %} select 2 {% endcall %} {{ load_result('x').table.rows | length }}
{%- set r = adapter.get_relation(database=target.database, schema='s', identifier='t') %} {{ r }} {{ r.is_view }} {{ adapter.get_relation('d', 's', 'u') is none }}
{%- for c in adapter.get_columns_in_relation(r) %} {{ c.name }}:{{ c.data_type }}:{{ c.is_number() }}{% endfor %}`;
    expect(await sqlOf(sql, {}, { access })).toBe(
      'DE,AT DE=2DE;AT=1AT; 2 "postgres"."s"."t" True True id:integer:True',
    );
    expect(asked).toEqual(['select 1', 'select 2']);
  });

  test('sees the graph, makes relations and columns, and quotes', async () => {
    const sql = `{{ graph.nodes['model.shop.a'].config.materialized }} {{ graph.sources.values() | map(attribute='name') | join }}
{%- set r = api.Relation.create(database='d', schema='s', identifier='i') %} {{ r }} {{ r.include(database=false) }} {{ r.incorporate(path={'identifier': 'j'}).identifier }}
{%- set c = api.Column('n', 'text') %} {{ c.quoted }} {{ c.is_string() }} {{ adapter.quote('a b') }} {{ r is mapping }}`;
    const files = {
      'models/a.sql': "{{ config(materialized='table') }} select 1",
      'models/s.yml': 'sources: [{name: raw, tables: [{name: t}]}]',
    };
    expect(await sqlOf(sql, files)).toBe('table t "d"."s"."i" "s"."i" j "n" True "a b" True');
  });

  test('dispatch searches in the order that the project gives', async () => {
    const files = {
      'dbt_project.yml': 'name: shop\ndispatch: [{macro_namespace: dbt, search_order: [dbt]}]\n',
      'macros/a.sql': '{% macro default__generate_alias_name(custom_alias_name, node) %}mine{% endmacro %}',
    };
    expect(await sqlOf('{{ this.identifier }}', files)).toBe('m');
    expect(await sqlOf('{{ this.identifier }}', { 'macros/a.sql': files['macros/a.sql'] })).toBe('mine');
  });

  test('a variable without a value is an error when the node is rendered, and suggests the nearest name', async () => {
    const files = { 'dbt_project.yml': 'name: shop\nvars: {starts: 1}\n' };
    await expect(sqlOf("select {{ var('start') }}", files)).rejects.toThrow(
      'models/m.sql:1:11: the variable "start" has no value; did you mean "starts"? set it under "vars" in dbt_project.yml or with --vars \'{start: …}\', or give var() a default',
    );
  });

  test('renders hooks with the node’s own names', async () => {
    const files = {
      'models/m.sql':
        "{{ config(pre_hook=['select 1', {'sql': 'vacuum', 'transaction': false}], post_hook=after_commit('analyze {{ this }}')) }} select 1",
    };
    const { scope } = await compile(files, 'm');
    const node = projectOf(files).nodes.get('model.shop.m') as ProjectNode;
    expect(hooksOf(node.config, 'pre_hook')).toEqual([
      { sql: 'select 1', transaction: true },
      { sql: 'vacuum', transaction: false },
    ]);
    const [hook] = hooksOf(node.config, 'post_hook');
    expect(hook?.transaction).toBe(false);
    expect(await renderHook(node, 'post_hook', hook?.sql ?? '', scope)).toBe('analyze "postgres"."analytics"."m"');
  });

  test('log and print reach the caller, and print nothing into the SQL', async () => {
    const logs: string[] = [];
    expect(
      await sqlOf(
        "{{ log('quiet') }}{{ log('said', info=true) }}{{ print('printed') }}{% do exceptions.warn('careful') %}select 1",
        {},
        { logs },
      ),
    ).toBe('select 1');
    expect(logs).toEqual(['said', 'printed', 'warning: careful']);
  });

  test.each([
    ["select {{ nothing_here }} from {{ ref('a') }}", 'select  from "postgres"."analytics"."a"'],
    [
      "{{ zip([1, 2], ['a', 'b']) | list }} {{ tojson({'a': [1, none]}) }} {{ fromjson('[1]')[0] }} {{ set([1, 1]) | length }} {{ local_md5('a') }}",
      "[(1, 'a'), (2, 'b')] {\"a\": [1, null]} 1 1 0cc175b9c0f1b6a831c399e269772661",
    ],
    [
      "{{ config.get('materialized', 'none') }} {{ config.get('nope', 'x') }} {{ config.meta_get('owner') }}{{ config(meta={'owner': 'me'}) }}",
      'view x me',
    ],
  ])('%s', async (sql, rendered) => {
    expect(await sqlOf(sql, { 'models/a.sql': 'select 1' })).toBe(rendered);
  });

  test.each([
    [
      "{% if execute %}{{ ref('a') }}{% endif %}",
      "models/m.sql:1:20: ref('a') was not seen when the project was parsed",
    ],
    ['select 1\n{{ no_such_macro() }}', "models/m.sql:2:4: 'no_such_macro' is undefined"],
    ["\n\n{{ exceptions.raise_compiler_error('stop here') if execute }}", 'models/m.sql:3:15: stop here'],
    [
      "{% if execute %}{{ run_query('select 1') }}{% endif %}",
      'a query while rendering needs a database; compile with a connection',
    ],
    ["{{ ''.constructor.constructor('return process')() if execute }}", 'has no attribute'],
  ])('fails with the place: %s', async (sql, message) => {
    await expect(sqlOf(sql, { 'models/a.sql': 'select 1' })).rejects.toThrow(message);
  });
});

describe('the SQL of tests', () => {
  const files = {
    'models/a.sql': 'select 1',
    'seeds/c.csv': 'code\nDE\n',
    'macros/t.sql':
      "{% test odd(model, column_name, by=2) %}{{ config(severity='warn') }} select {{ column_name }} from {{ model }} where {{ column_name }} % {{ by }} = 1 {% endtest %}",
    'models/a.yml': `
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - unique
          - not_null: {config: {where: "id > {{ var('from', 3) }}"}}
          - accepted_values: {arguments: {values: [1, 2], quote: false}}
          - relationships: {arguments: {to: ref('c'), field: code}}
          - odd: {arguments: {by: "{{ var('by', 5) }}"}, config: {severity: error}}`,
  };

  test.each([
    'unique_a_id',
    'not_null_a_id',
    'accepted_values_a_id__False__1__2',
    'relationships_a_id__code__ref_c_',
    'odd_a__var_by_5___id',
  ])('%s', async (name) => {
    const { sql } = await compile(files, name);
    await expect(`${sql}\n`).toMatchFileSnapshot(`golden/${name}.sql`);
  });

  test('the entry of a test says more than the block of the test', () => {
    const project = projectOf(files);
    const odd = [...project.nodes.values()].find(({ test }) => test?.name === 'odd');
    expect(odd?.config).toMatchObject({ severity: 'error' });
  });
});
