import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifestArtifact } from '../artifacts/manifest.ts';
import { findLineageTarget } from '../lineage/find-column.ts';
import { columnText, renderTraces, tracesAsJson } from '../lineage/render-trace.ts';
import { traceColumn, type Direction } from '../lineage/trace.ts';
import type { ProjectLineage } from '../lineage/project-lineage.ts';
import { projectOf, TEST_TARGET } from '../testing/project-of.ts';
import { loadProject } from './load-project.ts';
import { readLineage } from './read-lineage.ts';

const FILES = {
  'models/sources.yml':
    'sources: [{name: raw, tables: [{name: updates, columns: [{name: id}, {name: payload}]}, {name: wide}]}]',
  'models/stage.sql':
    "select id, payload->'configuration' as settings, payload->>'serial' as serial from {{ source('raw', 'updates') }} where payload->>'kind' = 'trv'",
  'models/inner_part.sql':
    "{{ config(materialized='ephemeral') }} select id, settings->>'userSetTemp' as temp, settings->>'mode' as mode from {{ ref('stage') }}",
  'models/mart.sql':
    "select p.*, (p.temp::float * 9 / 5 + 32) as fahrenheit, codes.label from {{ ref('inner_part') }} as p join {{ ref('codes') }} as codes on codes.code = p.mode",
  'models/passing.sql': "select * from {{ source('raw', 'wide') }}",
  'models/above.sql': "select secret, other as o from {{ ref('passing') }}",
  'models/broken.sql': 'select from where',
  'seeds/codes.csv': 'Code,label\na,b\n',
  'snapshots/kept.yml':
    "snapshots: [{name: kept, relation: ref('mart'), config: {strategy: check, check_cols: all, unique_key: id}}]",
};

async function lineageOf(files: Readonly<Record<string, string>> = FILES): Promise<[ProjectLineage, string[]]> {
  const warnings: string[] = [];
  const lineage = await readLineage({ project: projectOf(files), session: null, warn: (text) => warnings.push(text) });
  return [lineage, warnings];
}

async function trace(target: string, direction: Direction, given?: ProjectLineage): Promise<string> {
  const lineage = given ?? (await lineageOf())[0];
  const { node, column, path } = findLineageTarget(lineage, target);
  const names = column === null ? node.columns.map(({ name }) => name) : [column];
  const traces = names.map((name) => traceColumn(lineage, { relation: node.id, column: name, path }, direction));
  return renderTraces(lineage, traces, direction);
}

describe(readLineage, () => {
  test('follows a column to the path of the document that it comes from, through ephemeral models', async () => {
    expect(await trace('mart.fahrenheit', 'upstream')).toBe(`\
mart.fahrenheit
  transform inner_part.temp
    copy      stage.settings->userSetTemp
      copy      raw.updates.payload->configuration->userSetTemp

which rows there are (filters, joins, groups):
  mart: codes.code, inner_part.mode
  stage: raw.updates.payload->kind`);
  });

  test('follows a part of a document to every column that holds it, whole documents among them', async () => {
    expect(await trace('raw.updates.payload->configuration->userSetTemp', 'downstream')).toBe(`\
raw.updates.payload->configuration->userSetTemp
  copy      stage.settings->userSetTemp
    copy      inner_part.temp
      copy      mart.temp
        copy      kept.temp
      transform mart.fahrenheit
        copy      kept.fahrenheit`);
  });

  test('tells a column that only chooses rows from one that is held', async () => {
    expect(await trace("raw.updates.payload->'kind'", 'downstream')).toBe(`\
raw.updates.payload->kind

which rows there are (filters, joins, groups):
  stage: raw.updates.payload->kind`);
  });

  test('follows columns that nobody has described through "select *"', async () => {
    expect(await trace('above.o', 'upstream')).toBe(`\
above.o
  copy      passing.other
    copy      raw.wide.other`);
    expect(await trace('raw.wide.secret', 'downstream')).toBe(`\
raw.wide.secret
  copy      passing.secret
    copy      above.secret`);
  });

  test('shows all columns of a model, those of a snapshot and of a seed too', async () => {
    const [lineage] = await lineageOf();
    const columns = (name: string): readonly string[] =>
      findLineageTarget(lineage, name).node.columns.map((c) => c.name);
    expect(columns('mart')).toEqual(['id', 'temp', 'mode', 'fahrenheit', 'label']);
    expect(columns('kept')).toEqual([
      ...columns('mart'),
      'dbt_valid_from',
      'dbt_valid_to',
      'dbt_scd_id',
      'dbt_updated_at',
    ]);
    expect(columns('codes')).toEqual(['code', 'label']);
    expect((await trace('stage', 'upstream', lineage)).split('\n').filter((line) => !line.startsWith(' '))).toContain(
      'stage.serial',
    );
  });

  test('goes on without a model that cannot be parsed, and says so', async () => {
    const [lineage, warnings] = await lineageOf();
    expect(warnings).toEqual([expect.stringContaining('"broken" has no lineage: syntax error')]);
    expect(findLineageTarget(lineage, 'broken').node.columns).toEqual([]);
  });

  test('goes on without a model that is nested deeper than the stack', async () => {
    const sum = Array.from({ length: 20_000 }, () => 'a').join(' + ');
    const [lineage, warnings] = await lineageOf({
      'models/deep.sql': `select ${sum} as s from t`,
      'models/b.sql': 'select 1 as n',
    });
    expect(warnings).toEqual([expect.stringMatching(/"deep"/u)]);
    expect(findLineageTarget(lineage, 'b.n').column).toBe('n');
  });

  test.each([
    ['mrt.temp', 'no model, seed, snapshot or source is called "mrt.temp"; did you mean "mart"?'],
    ['mart.tmp', '"mart" has no column "tmp"; did you mean "temp"?'],
    ['mart.zzzzzz', '"mart" has no column "zzzzzz"; it has id, temp, mode, fahrenheit, label'],
    ['raw.updates.paylod->a', '"raw.updates" has no column "paylod"; did you mean "payload"?'],
    ['mart->a', '"mart->a" has a path and no column before it'],
    ['nothing like it', 'expected <model>, <model>.<column>'],
  ])('refuses %s', async (target, message) => {
    const [lineage] = await lineageOf();
    expect(() => findLineageTarget(lineage, target)).toThrow(message);
  });

  test('gives the same as JSON, with the loosest step on the way to each column', async () => {
    const [lineage] = await lineageOf();
    const { node, path } = findLineageTarget(lineage, 'mart.fahrenheit');
    const traced = traceColumn(lineage, { relation: node.id, column: 'fahrenheit', path }, 'upstream');
    expect(tracesAsJson(lineage, [traced], 'upstream')).toMatchObject({
      direction: 'upstream',
      columns: [
        {
          node: 'model.shop.mart',
          column: 'fahrenheit',
          reached: [
            { name: 'inner_part', column: 'temp', usage: 'transform' },
            { name: 'stage', column: 'settings', path: ['userSetTemp'], usage: 'transform' },
            { node: 'source.shop.raw.updates', path: ['configuration', 'userSetTemp'], usage: 'transform' },
          ],
        },
      ],
    });
  });
});

test('stands in the manifest where dbt lets others add keys', async () => {
  const [lineage] = await lineageOf();
  const invocation = { id: 'x', startedAt: new Date(0), verb: 'compile', fullRefresh: false };
  const manifest = manifestArtifact(projectOf(FILES), invocation, new Map(), new Date(0), lineage);
  expect(manifest).toMatchObject({
    nodes: {
      'model.shop.inner_part': {
        config: {
          ovis_lineage: {
            columns: {
              temp: [{ node: 'model.shop.stage', column: 'settings', path: ['userSetTemp'], usage: 'copy' }],
            },
            rows: [],
          },
        },
      },
    },
  });
});

test('the gold columns of this platform that hold a field of the allowlist', async () => {
  const project = await loadProject({
    projectDir: join(import.meta.dirname, '../../../../models'),
    target: TEST_TARGET,
  });
  const warnings: string[] = [];
  const lineage = await readLineage({ project, session: null, warn: (text) => warnings.push(text) });
  const { node, column, path } = findLineageTarget(
    lineage,
    'raw.device_last_updates.payload->configuration->userSetTemp',
  );
  const { columns } = traceColumn(lineage, { relation: node.id, column: column ?? '', path }, 'downstream');
  expect(columns.map((reached) => columnText(lineage, reached))).toContain(
    'last_updates_per_day.user_set_temp_celsius',
  );
  expect(warnings).toEqual([]);
});
