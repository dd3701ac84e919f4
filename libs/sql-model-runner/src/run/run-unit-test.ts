import { display } from '../project/display.ts';
import { columnValue } from '../compile/column-value.ts';
import { compileNode } from '../compile/compile-node.ts';
import type { CommonTableExpression } from '../compile/inject-ctes.ts';
import { fn, type NodeScope } from '../compile/node-scope.ts';
import type { RelationFacts } from '../compile/relation-value.ts';
import { cteNameOf } from '../compile/run-context.ts';
import { callValue, toPython, toText, type Value } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';
import { readReference } from '../parse/resolve.ts';
import type { AnyNode, ProjectNode, RelationName } from '../project/project.ts';
import type { FixtureProperties, UnitTestProperties } from '../project/properties.ts';
import { readSeed } from '../seed/read-seed.ts';
import type { RelationColumn, Session } from '../warehouse/warehouse.ts';
import { plainAccess } from './database-access.ts';
import { compareRows } from './compare-rows.ts';
import { contextOf, type NodeOutcome, type NodeRun } from './node-run.ts';

/** Runs a unit test: the model's SQL over given rows, compared with the expected ones. */
export async function runUnitTest(run: NodeRun, session: Session): Promise<NodeOutcome> {
  const { node, project } = run;
  const test = node.unitTest as UnitTestProperties;
  const tested = project.nodes.get(node.dependsOn[0] ?? '');
  if (!tested) throw new ModelRunnerError(`the tested model "${test.model}" is not there`, 'terminal');
  const access = plainAccess(session);
  const inputs = new Map<string, RelationFacts>();
  const ctes: CommonTableExpression[] = [];
  const context = contextOf({ ...run, node: tested }, access, {
    isIncremental: test.overrides.macros['is_incremental'] === true,
  });
  const { scope } = await compileNode({ ...context, node: { ...tested, rawCode: '' } });
  for (const given of test.given) {
    const input = inputNode(run, tested, given);
    const name = cteNameFor(input);
    inputs.set(input.uniqueId, { name: { identifier: name }, type: 'cte', text: name });
    ctes.push({ name, sql: await fixtureSql(run, session, scope, input, given) });
  }
  const { sql } = await compileNode(
    {
      ...context,
      inputs: (id) => inputs.get(id),
      overriding: overridingNames(test),
      variables: {
        ...project.variables,
        given: { ...project.variables.given, ...test.overrides.vars },
        environment: { ...project.variables.environment, ...textsOf(test.overrides.envVars) },
      },
    },
    ctes,
  );
  await run.onCompiled(sql);
  return compareWithExpected(run, session, scope, sql);
}

function overridingNames({ overrides }: UnitTestProperties): Readonly<Record<string, () => Value>> {
  return Object.fromEntries(
    Object.entries(overrides.macros).map(([name, answer]) => [name, () => fn(name, () => toPython(answer))]),
  );
}

function textsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function inputNode({ project, node }: NodeRun, tested: ProjectNode, { input }: FixtureProperties): AnyNode {
  if (input === null || input.trim() === 'this') return tested;
  const reference = readReference(input, node.place);
  const id =
    'sourceName' in reference
      ? project.lookup.source(reference.sourceName, reference.name, tested.packageName)
      : project.lookup.ref(reference, tested.packageName);
  const found = id === undefined ? undefined : (project.nodes.get(id) ?? project.sources.get(id));
  if (found) return found;
  throw new ModelRunnerError(
    `the unit test "${node.name}" gives rows for ${input}, which is not in the project`,
    'terminal',
  );
}

function cteNameFor(input: AnyNode): string {
  if (input.resourceType === 'source') return `__dbt__cte__${input.sourceName}__${input.name}`;
  return cteNameOf(input as ProjectNode);
}

async function fixtureSql(
  run: NodeRun,
  session: Session,
  scope: NodeScope,
  input: AnyNode,
  { format, rows }: FixtureProperties,
): Promise<string> {
  if (format === 'sql') return display(rows ?? '');
  const given = rows ?? (await seedRows(run, input));
  const relation: RelationName = (input as ProjectNode).relation;
  const existing = await session.findRelation(run.deferred(input.uniqueId) ?? relation);
  const columns = existing === null ? [] : await session.columnsOf(existing);
  return call(scope, 'unit_test_fixture', [toPython(given), typesOf(columns), quotedOf(columns), input.name]);
}

/** A seed that is given without rows gives those of its file. */
async function seedRows({ project }: NodeRun, input: AnyNode): Promise<unknown> {
  if (input.resourceType !== 'seed') return [];
  const { columns, rows } = readSeed(input.place.file, await project.readSeed(input), input.config);
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}

function typesOf(columns: readonly RelationColumn[]): Value {
  return toPython(Object.fromEntries(columns.map((column) => [column.name.toLowerCase(), columnType(column)])));
}

function columnType(column: RelationColumn): string {
  return toText(columnValue(column).attribute('data_type') ?? '');
}

function quotedOf(columns: readonly RelationColumn[]): Value {
  return toPython(
    Object.fromEntries(columns.map(({ name }) => [name.toLowerCase(), `"${name.replaceAll('"', '""')}"`])),
  );
}

async function call(scope: NodeScope, macro: string, positional: readonly Value[]): Promise<string> {
  const found = scope.get(macro) ?? null;
  return toText(await callValue(found, { positional, keyword: new Map() })).trim();
}

async function compareWithExpected(
  run: NodeRun,
  session: Session,
  scope: NodeScope,
  sql: string,
): Promise<NodeOutcome> {
  const test = run.node.unitTest as UnitTestProperties;
  const columns = await session.transaction(async () => {
    await session.execute(
      `create temporary table ovis_unit_test on commit drop as select * from (\n${sql}\n) as __dbt_sbq where false`,
    );
    const found = await session.findRelation({ database: '', schema: '', identifier: 'ovis_unit_test' });
    return found === null ? [] : session.columnsOf(found);
  });
  const { expect } = test;
  const rows = Array.isArray(expect.rows) ? (expect.rows as readonly Readonly<Record<string, unknown>>[]) : [];
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const wanted = rows[0] === undefined ? columns.map(({ name }) => name) : Object.keys(rows[0]);
  const names = wanted.map((name) => `"${(byName.get(name.toLowerCase())?.name ?? name).replaceAll('"', '""')}"`);
  const expected =
    expect.format === 'sql'
      ? display(expect.rows ?? '')
      : await call(scope, 'unit_test_expected', [toPython(rows), typesOf(columns), quotedOf(columns)]);
  const query = await call(scope, 'get_unit_test_sql', [sql, expected, toPython(names)]);
  await run.onBuilt([query]);
  const difference = compareRows(await session.execute(query));
  return difference === null
    ? { status: 'pass', relation: null, rows: 0, message: null }
    : { status: 'fail', relation: null, rows: 1, message: difference };
}
