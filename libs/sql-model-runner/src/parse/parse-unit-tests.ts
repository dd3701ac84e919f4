import { display } from '../project/display.ts';
import { ProjectError } from '../errors.ts';
import type { Lookup, ProjectTextFile } from '../project/project.ts';
import type { FixtureProperties, UnitTestProperties } from '../project/properties.ts';
import { parseCsv } from '../seed/csv.ts';
import { layeredConfig } from './layered-config.ts';
import { tagsOf } from './parse-models.ts';
import type { DraftNode, Located, ParseState, ProjectProperties } from './parse-state.ts';
import { pathBelow } from './paths.ts';
import type { Referable } from './resolve.ts';

/** A unit test is a node that reads the tested model. @throws ProjectError */
export function parseUnitTests(
  state: ParseState,
  properties: ProjectProperties,
  referable: Referable,
  lookup: Lookup,
): readonly DraftNode[] {
  return properties.unitTests.flatMap((unitTest) => testedModels(state, unitTest, referable, lookup));
}

function testedModels(
  state: ParseState,
  { file, properties }: Located<UnitTestProperties>,
  referable: Referable,
  lookup: Lookup,
): readonly DraftNode[] {
  const { model, name, versions, place } = properties;
  const all = referable.nodes.filter((node) => node.name === model && node.resourceType === 'model');
  const wanted = all.filter(({ version }) => {
    if (version === null || version === undefined) return true;
    const isIn = (list: readonly (string | number)[]): boolean => list.some((item) => String(item) === String(version));
    return (versions.include === null || isIn(versions.include)) && !isIn(versions.exclude);
  });
  if (wanted.length === 0) {
    const known = lookup.ref({ packageName: null, name: model, version: null }, state.file.name);
    if (known === undefined && !referable.disabled.has(model))
      throw new ProjectError(`the unit test "${name}" tests "${model}", which is no model of this project`, place);
    return [];
  }
  const fixtures = state.files.texts;
  const test: UnitTestProperties = {
    ...properties,
    given: properties.given.map((given) => normalized(state, given, fixtures, properties)),
    expect: normalized(state, properties.expect, fixtures, properties),
  };
  return wanted.map((tested) => {
    const isIncremental = test.overrides.macros['is_incremental'];
    if (tested.config['materialized'] === 'incremental' && typeof isIncremental !== 'boolean')
      throw new ProjectError(
        `the unit test "${name}" tests the incremental model "${model}" and does not say which of its two forms; add overrides: {macros: {is_incremental: true}} or false`,
        place,
      );
    const suffix = tested.version === null || tested.version === undefined ? '' : `_v${tested.version}`;
    const relative = pathBelow(file, [...state.file.paths.models, ...state.file.paths.tests]) ?? file;
    const fqn = [state.file.name, ...relative.split('/').slice(0, -1), model, name];
    const config = layeredConfig(state, { kind: 'unit_test', fqn, described: test.config });
    return {
      uniqueId: `unit_test.${state.file.name}.${model}.${name}${suffix}`,
      resourceType: 'unit_test' as const,
      packageName: state.file.name,
      name,
      originalFilePath: file,
      path: relative,
      fqn,
      rawCode: tested.rawCode,
      config,
      tags: tagsOf(config),
      description: test.description,
      columns: [],
      findings: {
        refs: [{ packageName: tested.packageName, name: tested.name, version: tested.version ?? null }],
        sources: [],
      },
      place,
      unitTest: test,
    };
  });
}

/** Rows as a list of mappings, or as SQL; those of files read. */
function normalized(
  state: ParseState,
  fixture: FixtureProperties,
  files: readonly ProjectTextFile[],
  test: UnitTestProperties,
): FixtureProperties {
  const { format, fixture: name } = fixture;
  if (format === 'dict') return fixture;
  const text = name === null ? fixture.rows : fixtureText(state, { name, format }, files, test);
  if (format === 'sql') return { ...fixture, rows: text };
  const [header = [], ...records] = parseCsv(display(text ?? ''));
  const rows = records
    .filter((record) => record.length > 0)
    .map((record) => Object.fromEntries(header.map((column, index) => [column.trim(), cell(record[index])])));
  return { ...fixture, rows };
}

function cell(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function fixtureText(
  state: ParseState,
  { name, format }: { readonly name: string; readonly format: string },
  files: readonly ProjectTextFile[],
  test: UnitTestProperties,
): string {
  const ends = state.file.paths.tests.map((folder) => `${folder}/fixtures/`);
  const found = files.find(
    ({ path }) => ends.some((folder) => path.startsWith(folder)) && path.endsWith(`/${name}.${format}`),
  );
  if (found) return found.text;
  throw new ProjectError(
    `the unit test "${test.name}" uses the fixture "${name}", which is not in ${ends.join(' or ')}; expected ${name}.${format} there`,
    test.place,
  );
}
