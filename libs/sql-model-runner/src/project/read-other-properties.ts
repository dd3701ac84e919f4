import { renderTree } from './project-file.ts';
import type {
  ExposureProperties,
  FixtureProperties,
  GroupProperties,
  PropertyRenderers,
  UnitTestProperties,
} from './properties.ts';
import { configOf, descriptionOf, nameOf } from './read-node-properties.ts';
import type { YamlCursor } from './yaml-cursor.ts';

/** Reads one entry of `exposures:`. @throws ProjectError with file and line. */
export function readExposure(item: YamlCursor, render: PropertyRenderers): ExposureProperties {
  const text = (key: string): string | null => item.get(key).optionalText() ?? null;
  return {
    name: nameOf(item),
    label: text('label'),
    type: item.get('type').isMissing
      ? item.get('type').fail('dashboard, notebook, analysis, ml or application')
      : item.get('type').text(),
    owner: (renderTree(item.get('owner'), render.value) as Readonly<Record<string, unknown>> | undefined) ?? {},
    maturity: text('maturity'),
    url: text('url'),
    description: descriptionOf(item, render),
    config: configOf(item, render.value),
    dependsOn: item.get('depends_on').texts(),
    place: item.place,
  };
}

/** Reads one entry of `groups:`. @throws ProjectError with file and line. */
export function readGroup(item: YamlCursor, render: PropertyRenderers): Omit<GroupProperties, 'packageName'> {
  return {
    name: nameOf(item),
    description: descriptionOf(item, render),
    owner: item.get('owner').record(),
    config: configOf(item, render.value),
    place: item.place,
  };
}

/** Reads one entry of `unit_tests:`. Its rows are rendered when it runs. @throws ProjectError with file and line. */
export function readUnitTest(item: YamlCursor, render: PropertyRenderers): UnitTestProperties {
  const name = nameOf(item);
  const expect = item.get('expect');
  if (expect.isMissing) expect.fail('the rows that the model gives, {rows: [{a: 1}]}');
  const overrides = item.get('overrides');
  const versions = item.get('versions');
  const list = (key: string): readonly (string | number)[] | null =>
    versions.get(key).isMissing
      ? null
      : versions
          .get(key)
          .items()
          .map(({ value }) => value as string | number);
  return {
    name,
    model: item.get('model').isMissing
      ? item.get('model').fail('the name of the model that is tested')
      : item.get('model').text(),
    description: descriptionOf(item, render),
    given: item
      .get('given')
      .items()
      .map((given) => readFixture(given, given.get('input').text())),
    expect: readFixture(expect, null),
    overrides: {
      macros: overrides.get('macros').record(),
      vars: overrides.get('vars').record(),
      envVars: overrides.get('env_vars').record(),
    },
    versions: { include: list('include'), exclude: list('exclude') ?? [] },
    config: configOf(item, render.value),
    place: item.place,
  };
}

function readFixture(item: YamlCursor, input: string | null): FixtureProperties {
  const format = item.get('format').optionalText() ?? 'dict';
  if (format !== 'dict' && format !== 'csv' && format !== 'sql') item.get('format').fail('dict, csv or sql');
  return {
    input,
    format: format as FixtureProperties['format'],
    rows: item.get('rows').value ?? null,
    fixture: item.get('fixture').optionalText() ?? null,
  };
}
