import type { SourcePlace } from '../errors.ts';
import type { NodeConfig } from './config.ts';
import type { RenderText } from './project-file.ts';
import { readExposure, readGroup, readUnitTest } from './read-other-properties.ts';
import { readNodeProperties } from './read-node-properties.ts';
import { readSource } from './read-source-properties.ts';
import { isRecord, type YamlCursor } from './yaml-cursor.ts';

/** A constraint of a contract, of a column or (with `columns`) of a model. */
export interface ConstraintProperties {
  readonly type: string;
  readonly name: string | null;
  readonly expression: string | null;
  readonly columns: readonly string[];
  /** What a foreign key refers to, as written (`ref('a')`), and its columns. */
  readonly to: string | null;
  readonly toColumns: readonly string[];
}

/** A column as a properties file describes it. */
export interface ColumnProperties {
  readonly name: string;
  readonly description: string;
  readonly dataType: string | null;
  readonly quote: boolean | null;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly constraints?: readonly ConstraintProperties[];
}

/** One entry of a `data_tests:` list, not yet turned into a test. */
export interface TestEntry {
  /** As written, e.g. `unique` or `package.my_test`. */
  readonly test: string;
  /** What stands under it: the arguments and the configuration, as written. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly columnName: string | null;
  readonly columnTags: readonly string[];
  readonly place: SourcePlace;
}

/** What describes a node. */
export type DescribedKind = 'model' | 'seed' | 'snapshot' | 'test' | 'analysis' | 'macro';

/** What a properties file says of one model, seed, snapshot, test, analysis or macro. */
export interface NodeProperties {
  readonly kind: DescribedKind;
  readonly name: string;
  readonly description: string;
  readonly config: NodeConfig;
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly ConstraintProperties[];
  readonly tests: readonly TestEntry[];
  readonly latestVersion: string | number | null;
  readonly versions: readonly VersionProperties[];
  /** Of a snapshot that is defined in YAML alone: what it selects from, as written. */
  readonly relation: string | null;
  readonly place: SourcePlace;
}

/** One version of a model, its own settings laid over those of the model. */
export interface VersionProperties {
  readonly version: string | number;
  readonly definedIn: string | null;
  readonly description: string | null;
  readonly config: NodeConfig;
  /** Null: those of the model. */
  readonly columns: readonly ColumnProperties[] | null;
  readonly constraints: readonly ConstraintProperties[] | null;
  /** Null: those of the model. */
  readonly tests: readonly TestEntry[] | null;
}

/** What a properties file says of one table of a source. */
export interface SourceProperties {
  readonly sourceName: string;
  readonly name: string;
  readonly identifier: string;
  readonly database: string | null;
  readonly schema: string;
  readonly description: string;
  readonly sourceDescription: string;
  readonly loader: string;
  readonly config: NodeConfig;
  /** Freshness as written on the table, else on the source; null when switched off or unset. */
  readonly freshness: Readonly<Record<string, unknown>> | null;
  readonly loadedAtField: string | null;
  readonly loadedAtQuery: string | null;
  readonly quoting: SourceQuoting;
  readonly columns: readonly ColumnProperties[];
  readonly tests: readonly TestEntry[];
  readonly place: SourcePlace;
}

/** Which parts of a source's name are quoted; null: as by default, yes. */
export interface SourceQuoting {
  readonly database: boolean | null;
  readonly schema: boolean | null;
  readonly identifier: boolean | null;
}

/** What a properties file says of one exposure. */
export interface ExposureProperties {
  readonly name: string;
  readonly label: string | null;
  readonly type: string;
  readonly owner: Readonly<Record<string, unknown>>;
  readonly maturity: string | null;
  readonly url: string | null;
  readonly description: string;
  readonly config: NodeConfig;
  /** `ref('a')`, `source('b', 'c')`, as written. */
  readonly dependsOn: readonly string[];
  readonly place: SourcePlace;
}

export interface GroupProperties {
  readonly name: string;
  readonly description: string;
  readonly owner: Readonly<Record<string, unknown>>;
  readonly config: NodeConfig;
  readonly packageName: string;
  readonly place: SourcePlace;
}

/** Rows of a unit test: what an input holds, or what is expected. */
export interface FixtureProperties {
  /** Null for what is expected. */
  readonly input: string | null;
  readonly format: 'dict' | 'csv' | 'sql';
  readonly rows: unknown;
  /** Name of a file below the fixtures folder. */
  readonly fixture: string | null;
}

export interface UnitTestProperties {
  readonly name: string;
  readonly model: string;
  readonly description: string;
  readonly given: readonly FixtureProperties[];
  readonly expect: FixtureProperties;
  readonly overrides: {
    readonly macros: Readonly<Record<string, unknown>>;
    readonly vars: Readonly<Record<string, unknown>>;
    readonly envVars: Readonly<Record<string, unknown>>;
  };
  readonly versions: {
    readonly include: readonly (string | number)[] | null;
    readonly exclude: readonly (string | number)[];
  };
  readonly config: NodeConfig;
  readonly place: SourcePlace;
}

export interface PropertiesFile {
  readonly nodes: readonly NodeProperties[];
  readonly sources: readonly SourceProperties[];
  readonly exposures: readonly ExposureProperties[];
  readonly groups: readonly Omit<GroupProperties, 'packageName'>[];
  readonly unitTests: readonly UnitTestProperties[];
  /** Top-level keys of kinds that are passed over. */
  readonly passedOver: readonly string[];
}

const KINDS: Readonly<Record<string, DescribedKind>> = {
  models: 'model',
  seeds: 'seed',
  snapshots: 'snapshot',
  analyses: 'analysis',
  macros: 'macro',
  data_tests: 'test',
  tests: 'test',
};

/** How texts with Jinja become values. */
export interface PropertyRenderers {
  readonly value: RenderText;
  /** For descriptions, which may use `doc()`. */
  readonly description: RenderText;
}

/** Reads a properties file (`schema.yml`, `sources.yml`, any name). @throws ProjectError with file and line. */
export function readProperties(root: YamlCursor, render: PropertyRenderers): PropertiesFile {
  const empty = { nodes: [], sources: [], exposures: [], groups: [], unitTests: [], passedOver: [] };
  if (root.isMissing) return empty;
  if (!isRecord(root.value)) root.fail('a mapping such as "models:"');
  const nodes: NodeProperties[] = [];
  const passedOver: string[] = [];
  for (const [key, cursor] of root.entries()) {
    if (Object.hasOwn(KINDS, key)) {
      const kind = KINDS[key] as DescribedKind;
      nodes.push(...cursor.items().map((item) => readNodeProperties(kind, item, render)));
    } else if (!OTHERS.has(key)) passedOver.push(key);
  }
  return {
    nodes,
    sources: root
      .get('sources')
      .items()
      .flatMap((item) => readSource(item, render)),
    exposures: root
      .get('exposures')
      .items()
      .map((item) => readExposure(item, render)),
    groups: root
      .get('groups')
      .items()
      .map((item) => readGroup(item, render)),
    unitTests: root
      .get('unit_tests')
      .items()
      .map((item) => readUnitTest(item, render)),
    passedOver,
  };
}

const OTHERS = new Set(['version', 'sources', 'exposures', 'groups', 'unit_tests', 'anchors']);
