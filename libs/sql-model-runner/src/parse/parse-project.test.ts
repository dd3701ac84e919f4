import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JinjaError } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';
import { projectOf } from '../testing/project-of.ts';
import { parseProject } from './parse-project.ts';

const failure = (files: Readonly<Record<string, string>>): string => {
  try {
    projectOf(files);
  } catch (error) {
    expect(error instanceof ModelRunnerError || error instanceof JinjaError).toBe(true);
    return (error as Error).message;
  }
  return 'no error';
};

describe(parseProject, () => {
  test('takes configuration from the project, the properties and the file, the nearest last', () => {
    const project = projectOf({
      'dbt_project.yml':
        'name: shop\nmodels:\n  shop:\n    +materialized: table\n    +tags: project\n    marts: {+schema: marts}\n',
      'models/marts/a.sql': "{{ config(tags=['file'], unique_key=['a', 'b::date'], pre_hook='select 1') }} select 1",
      'models/marts/a.yml': 'models: [{name: a, config: {tags: yaml, materialized: incremental, meta: {owner: me}}}]',
    });
    const node = project.nodes.get('model.shop.a');
    expect(node?.config).toEqual({
      materialized: 'incremental',
      tags: ['project', 'yaml', 'file'],
      schema: 'marts',
      meta: { owner: 'me' },
      unique_key: ['a', 'b::date'],
      pre_hook: ['select 1'],
    });
    expect(node?.tags).toEqual(['project', 'yaml', 'file']);
    expect(node?.relation).toEqual({ database: 'postgres', schema: 'analytics_marts', identifier: 'a' });
    expect(node?.fqn).toEqual(['shop', 'marts', 'a']);
  });

  test('names relations by the macros of the project where it has them', () => {
    const project = projectOf({
      'macros/names.sql': `{% macro generate_schema_name(custom, node) %} {{ custom or target.schema }} {% endmacro %}
        {% macro default__generate_alias_name(custom_alias_name, node) %}{{ node.resource_type }}_{{ node.name }}{% endmacro %}`,
      'models/a.sql': "{{ config(schema='marts') }} select 1",
      'seeds/b.csv': 'x\n1\n',
    });
    expect([...project.nodes.values()].map(({ relation }) => `${relation.schema}.${relation.identifier}`)).toEqual([
      'marts.model_a',
      'analytics.seed_b',
    ]);
  });

  test('configures sources from the project and the source, and leaves out those that are disabled', () => {
    const project = projectOf({
      'dbt_project.yml': 'name: shop\nsources: {shop: {+tags: all, old: {+enabled: false}}}\n',
      'macros/d.sql': '{% macro generate_database_name(custom, node) %}{{ custom or "lake" }}{% endmacro %}',
      'models/a.sql': 'select 1',
      'models/s.yml':
        'sources: [{name: raw, config: {meta: {owner: us}}, tables: [{name: t, config: {tags: [mine]}}]}, {name: old, tables: [{name: u}]}]',
    });
    expect([...project.sources.values()].map(({ name, config, tags }) => [name, config['meta'], tags])).toEqual([
      ['t', { owner: 'us' }, ['all', 'mine']],
    ]);
    expect(project.nodes.get('model.shop.a')?.relation.database).toBe('lake');
  });

  test('finds what a node uses in its text, its hooks and its tests, switched-off branches too', () => {
    const project = projectOf({
      'models/sources.yml':
        'sources: [{name: raw, schema: "{{ target.schema }}_raw", tables: [{name: t, identifier: T1}]}]',
      'models/a.sql': "select * from {{ source('raw', 't') }}",
      'models/b.sql': `{{ config(post_hook="insert into x select * from {{ ref('c') }}") }}
        {% if execute %} {{ ref('nowhere') }} {% endif %} {% set models = ['a'] %} {% for m in models %} select * from {{ ref(m) }} {% endfor %}`,
      'models/c.sql': 'select 1',
      'models/props.yml':
        "models: [{name: a, data_tests: [{relationships: {column_name: id, to: ref('c'), field: id}}]}]",
    });
    expect(project.nodes.get('model.shop.a')?.dependsOn).toEqual(['source.shop.raw.t']);
    expect(project.nodes.get('model.shop.b')?.dependsOn).toEqual(['model.shop.a', 'model.shop.c']);
    expect([...project.nodes.values()].find(({ test }) => test)?.dependsOn.toSorted()).toEqual([
      'model.shop.a',
      'model.shop.c',
    ]);
    expect(project.sources.get('source.shop.raw.t')?.relation).toEqual({
      database: 'postgres',
      schema: 'analytics_raw',
      identifier: 'T1',
    });
  });

  // The ids are those of dbt 1.11 for the same project.
  test('gives generic tests the names and ids that dbt gives them', () => {
    const project = projectOf({
      'models/a.sql': 'select 1',
      'models/a.yml': `
sources: [{name: raw, tables: [{name: orders, columns: [{name: order_id, data_tests: [not_null]}]}]}]
models:
  - name: stg_orders
    columns:
      - name: order_id
        tests: [unique, {not_null: {name: my_own, config: {severity: warn}}}]
      - name: country
        tests: [{relationships: {to: ref('countries'), field: code, config: {severity: warn}}}]
      - name: a_column_with_a_rather_long_name
        tests: [{accepted_values: {arguments: {values: [1, true, 'x y'], quote: false}}}]`,
      'models/stg_orders.sql': 'select 1',
      'seeds/countries.csv': 'code\nDE\n',
    });
    const tests = [...project.nodes.values()].filter(({ resourceType }) => resourceType === 'test');
    expect(tests.map(({ uniqueId, alias }) => [uniqueId, alias])).toEqual([
      ['test.shop.unique_stg_orders_order_id.e3b841c71a', 'unique_stg_orders_order_id'],
      ['test.shop.my_own.3d81866407', 'my_own'],
      [
        'test.shop.relationships_stg_orders_country__code__ref_countries_.f08f0a5cf9',
        'relationships_stg_orders_country__code__ref_countries_',
      ],
      [
        'test.shop.accepted_values_stg_orders_a_column_with_a_rather_long_name__False__1__True__x_y.f73f409b62',
        'accepted_values_stg_orders_198bb44cbd87b16f6f905d1474fc5848',
      ],
      ['test.shop.source_not_null_raw_orders_order_id.03a065a98f', 'source_not_null_raw_orders_order_id'],
    ]);
  });

  test('renders variables in YAML with their types, given ones first', () => {
    const files = {
      'dbt_project.yml':
        'name: shop\nvars: {live: false, shop: {days: 3}}\nmodels: {+enabled: "{{ var(\'live\') }}", +meta: {days: "{{ var(\'days\') }}"}}\n',
      'models/a.sql': 'select 1',
    };
    expect(projectOf(files).nodes.size).toBe(0);
    expect(projectOf(files, { vars: { live: true } }).nodes.get('model.shop.a')?.config['meta']).toEqual({ days: 3 });
  });

  test('leaves out what is disabled, and the tests of it', () => {
    const project = projectOf({
      'models/a.sql': "{{ config(enabled=false) }} select * from {{ ref('nowhere') }}",
      'models/b.sql': 'select 1',
      'models/p.yml':
        "models: [{name: a, data_tests: [{unique: {column_name: x}}]}, {name: b, columns: [{name: x, data_tests: [{relationships: {to: ref('a'), field: x}}]}]}]",
    });
    expect([...project.nodes.keys()]).toEqual(['model.shop.b']);
    expect(project.warnings).toEqual([
      "models/p.yml:1:106: ref('a') names a model that is disabled; enable it or remove the reference; the test is left out",
    ]);
  });

  test('renders descriptions, with docs blocks from Markdown', () => {
    const project = projectOf({
      'models/a.sql': 'select 1',
      'models/d.md': 'text {{ nothing }}\n{% docs words %}\nWords of {{ 1 + 1 }} {{ a }}\n{% enddocs %}',
      'models/a.yml': `models: [{name: a, description: "{{ doc('words') }}!", columns: [{name: x, description: 'plain'}]}]`,
    });
    expect(project.nodes.get('model.shop.a')?.description).toBe('Words of 2!');
  });

  test('passes over what it does not know, and says so', () => {
    const project = projectOf({
      'dbt_project.yml': 'name: shop\nsemantic-paths: [x]\n',
      'models/a.yml': 'metrics: [{name: x}]\nmodels: [{name: ghost}]',
    });
    expect(project.warnings).toEqual([
      'dbt_project.yml: "semantic-paths" is passed over',
      'models/a.yml: "metrics" is passed over',
      'models/a.yml:2: describes the model "ghost", which does not exist',
    ]);
  });
});

describe('errors of a project', () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'an unknown ref suggests the nearest name',
      { 'models/stg_orders.sql': 'select 1', 'models/b.sql': "select *\nfrom {{ ref('stg_ordres') }}" },
      'models/b.sql:1: ref(\'stg_ordres\') names no model, seed or snapshot of this project; did you mean "stg_orders"?',
    ],
    [
      'an unknown source likewise',
      {
        'models/s.yml': 'sources: [{name: raw, tables: [{name: orders}]}]',
        'models/b.sql': "{{ source('raw', 'order') }}",
      },
      "models/b.sql:1: source('raw', 'order') names no source of this project; did you mean \"raw.orders\"?",
    ],
    [
      'a name that is taken twice shows both files',
      { 'models/a.sql': 'select 1', 'models/x/a.sql': 'select 2' },
      'models/x/a.sql:1: the name "a" is taken twice: by models/a.sql:1 and models/x/a.sql:1; rename, disable or remove one of them',
    ],
    [
      'two models that would be one relation',
      { 'models/a.sql': 'select 1', 'models/b.sql': "{{ config(alias='a') }} select 2" },
      'models/b.sql:1: "a" (models/a.sql) and "b" (models/b.sql) would both be built as "analytics.a"; give one of them another alias or schema',
    ],
    [
      'a cycle is a path',
      { 'models/a.sql': "{{ ref('c') }}", 'models/b.sql': "{{ ref('a') }}", 'models/c.sql': "{{ ref('b') }}" },
      'models/a.sql:1: models refer to each other in a cycle: a → b → c → a; remove one of these references',
    ],
    [
      'a model that is described twice',
      { 'models/a.sql': 'select 1', 'models/a.yml': 'models: [{name: a}]', 'models/b.yml': 'models:\n  - name: a\n' },
      'models/b.yml:2:5: "a" is described a second time; the first is at models/a.yml:1:10; keep one',
    ],
    [
      'a test that does not exist',
      { 'models/a.sql': 'select 1', 'models/a.yml': 'models:\n  - name: a\n    data_tests: [uniqe]\n' },
      'models/a.yml:3:18: there is no generic test "uniqe"; did you mean "unique"? it would be a block {% test uniqe(model, …) %} in the macro folder',
    ],
    [
      'a macro that is defined twice',
      { 'macros/a.sql': '{% macro m() %}{% endmacro %}', 'macros/b.sql': '\n{% macro m() %}{% endmacro %}' },
      'macros/b.sql:2:1: the macro "m" is also defined in macros/a.sql:1; rename or remove one of them',
    ],
    [
      'an environment variable with the name of a property of every object',
      { 'models/a.sql': "select {{ env_var('constructor') }}" },
      'models/a.sql:1:11: the environment variable "constructor" is not set; set it, or give env_var() a default',
    ],
    [
      'a secret outside of profiles.yml',
      { 'models/a.sql': "select {{ env_var('DBT_ENV_SECRET_KEY', 'x') }}" },
      'models/a.sql:1:11: the environment variable "DBT_ENV_SECRET_KEY" is a secret by its name: only profiles.yml may read it, because compiled SQL is written to files',
    ],
    [
      'an environment variable that is not set',
      { 'models/a.sql': "select {{ env_var('SHOP_DAY') }}" },
      'models/a.sql:1:11: the environment variable "SHOP_DAY" is not set; set it, or give env_var() a default',
    ],
    ['a template that is not closed', { 'models/a.sql': 'select 1\n{% if x %}' }, 'models/a.sql:2'],
    [
      'properties of another form',
      { 'models/a.yml': 'models: {name: a}' },
      'models/a.yml:1:1: "models" is a mapping; expected a list',
    ],
    [
      'a test with two keys',
      { 'models/a.sql': '', 'models/a.yml': 'models: [{name: a, data_tests: [{unique: {}, not_null: {}}]}]' },
      'models/a.yml:1:33: a test has 2 keys (unique, not_null)',
    ],
    [
      'an argument that a test does not take',
      {
        'models/a.sql': 'select 1',
        'models/a.yml':
          'models:\n  - name: a\n    columns: [{name: id, data_tests: [{unique: {arguments: {colum: 1}}}]}]\n',
      },
      "models/a.yml:3:39: macro 'unique' takes no keyword argument 'colum'",
    ],
    [
      'a naming macro that does not take what it is given',
      { 'models/a.sql': 'select 1', 'macros/n.sql': '\n{% macro generate_alias_name(name) %}{{ name }}{% endmacro %}' },
      "macros/n.sql:2:1: macro 'generate_alias_name' takes not more than 1 argument(s), 2 were given",
    ],
    [
      'an exposure of what is no reference',
      {
        'models/a.sql': 'select 1',
        'models/e.yml': 'exposures:\n  - {name: e, type: dashboard, owner: {name: us}, depends_on: [ref(]}\n',
      },
      'models/e.yml:2:5: "ref(" is no reference; expected ref(',
    ],
    [
      'a fixture that is not there',
      {
        'models/a.sql': 'select 1',
        'models/u.yml': 'unit_tests:\n  - {name: u, model: a, given: [], expect: {format: csv, fixture: rows}}\n',
      },
      'models/u.yml:2:5: the unit test "u" uses the fixture "rows", which is not in tests/fixtures/; expected rows.csv there',
    ],
    [
      'a project without a name',
      { 'dbt_project.yml': 'version: 1\n' },
      'dbt_project.yml:1:1: "name" is missing; expected the name of the project',
    ],
    [
      'a project of a wrong name',
      { 'dbt_project.yml': 'name: my-shop\n' },
      'dbt_project.yml:1:1: "name" is the text "my-shop"; expected letters, digits and underscores',
    ],
  ])('%s', (_, files, message) => {
    expect(failure(files)).toContain(message);
  });

  test('whatever the text of a model or of its properties, there is a project or an error with a place', () => {
    const piece = fc.constantFrom(
      "{{ ref('a') }}",
      '{{ config(',
      ')',
      '}}',
      '{%',
      ' if ',
      'endif',
      '%}',
      "'",
      ' ',
      '\n',
      'models:',
      '- name: a',
      ': [',
      '{',
      "{{ var('x') }}",
      '\t',
      '#',
      'columns:',
      'tests:',
    );
    const text = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (sql, yaml) => {
        const message = failure({ 'models/a.sql': sql, 'models/p.yml': yaml });
        expect(message).toMatch(/^(?:models\/|dbt_project|no error$)/u);
      }),
      { numRuns: 300 },
    );
  });
});
