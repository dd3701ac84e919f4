import { describe, expect, test } from 'vitest';
import { compileNode } from '../compile/compile-node.ts';
import { parseProject } from './parse-project.ts';
import { filesOf, TEST_TARGET } from '../testing/project-of.ts';
import type { Project } from '../project/project.ts';

const INVOCATION = { id: 'x', startedAt: new Date(0), verb: 'run', fullRefresh: false };

function projectWith(root: Readonly<Record<string, string>>, helper: Readonly<Record<string, string>>): Project {
  const packages = [{ ...filesOf({ 'dbt_project.yml': 'name: helper\n', ...helper }), prefix: 'dbt_packages/helper/' }];
  return parseProject(
    { ...filesOf(root), packages },
    { target: TEST_TARGET, vars: {}, env: {}, invocation: INVOCATION },
  );
}

async function sqlOf(project: Project, id: string): Promise<string> {
  const node = project.nodes.get(id);
  if (!node) throw new Error(`no ${id}`);
  const silent = (): void => undefined;
  return (
    await compileNode({
      project,
      node,
      invocation: INVOCATION,
      access: null,
      isIncremental: false,
      log: silent,
      warn: silent,
    })
  ).sql;
}

describe('a package', () => {
  const helper = {
    'dbt_project.yml': 'name: helper\nvars: {a: own, b: own}\nmodels: {helper: {+materialized: table}}\n',
    'models/numbers.sql': "{{ config(tags='t') }} select '{{ var('a') }}{{ var('b') }}{{ hello() }}'",
    'models/n.yml': 'models: [{name: numbers, columns: [{name: n, data_tests: [small]}]}]',
    'macros/m.sql':
      "{% macro hello() %}{{ return(adapter.dispatch('hello', 'helper')()) }}{% endmacro %}{% macro default__hello() %}hi{% endmacro %}{% test small(model, column_name) %}select 1{% endtest %}",
  };

  test('brings models, tests and macros; variables and configuration of the project win', async () => {
    const project = projectWith(
      {
        'dbt_project.yml':
          'name: shop\nvars: {helper: {a: mine}}\nmodels: {helper: {+materialized: view, +schema: h}}\n',
        'models/m.sql': "select * from {{ ref('numbers') }}, {{ ref('helper', 'numbers') }} -- {{ helper.hello() }}",
        'macros/o.sql': '{% macro postgres__hello() %}overridden{% endmacro %}',
      },
      helper,
    );
    const node = project.nodes.get('model.helper.numbers');
    expect(node?.config).toMatchObject({ materialized: 'view', tags: ['t'] });
    expect(node?.relation.schema).toBe('analytics_h');
    expect([...project.nodes.keys()].some((id) => id.startsWith('test.helper.small_numbers_n.'))).toBe(true);
    expect(await sqlOf(project, 'model.helper.numbers')).toBe("select 'mineownoverridden'");
    expect(await sqlOf(project, 'model.shop.m')).toContain('overridden');
  });

  test('errors name its file below the project', () => {
    const wrong = { 'models/x.sql': '{% if %}' };
    expect(() => projectWith({}, wrong)).toThrow('dbt_packages/helper/models/x.sql:1');
  });

  test('a ref to a package that is not there says so', () => {
    expect(() => projectWith({ 'models/m.sql': "{{ ref('nobody', 'x') }}" }, {})).toThrow('names the package "nobody"');
  });
});
