import { BUILTIN_PACKAGE, type MacroEntry, type MacroLibrary } from '../compile/macro-library.ts';
import { nodeValue } from '../compile/node-value.ts';
import { parseScope, type Findings } from '../compile/parse-context.ts';
import type { NodeScope } from '../compile/node-scope.ts';
import { placedError } from '../compile/placed-error.ts';
import { renderNative, toHost, callValueSync, type Value } from '../compile/template-engine.ts';
import { testArguments } from '../compile/test-arguments.ts';
import { ProjectError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { NodeConfig } from '../project/config.ts';
import { hasJinja } from '../project/project-file.ts';
import type { TestEntry } from '../project/properties.ts';
import { readGenericTest, type GenericTest } from './generic-test.ts';
import { layeredConfig } from './layered-config.ts';
import { tagsOf } from './parse-models.ts';
import { baseContextOf, type DraftNode, type ParseState, type ProjectProperties } from './parse-state.ts';
import { fqnOf, pathBelow } from './paths.ts';
import { testHash } from './test-name.ts';

/** Every generic test that the properties of nodes and sources ask for. @throws ProjectError, JinjaError */
export function parseGenericTests(
  state: ParseState,
  properties: ProjectProperties,
  known: ReadonlyMap<string, DraftNode>,
): readonly DraftNode[] {
  const ofNodes = [...properties.nodes.values()].flatMap((described) => {
    const { kind, name, tests, versions } = described;
    if (versions.length === 0) {
      const node = known.get(`${kind} ${name}`);
      const uses = { refs: [{ packageName: null, name, version: null }], sources: [] };
      const tested = { name, reference: `ref('${name}')`, isSource: false, id: node?.uniqueId ?? null, uses };
      return node === undefined ? [] : tests.map((entry) => genericTest(state, entry, tested));
    }
    return versions.flatMap(({ version, tests: own }) => {
      const node = known.get(`model ${name}.v${version}`);
      const reference = `ref('${name}', version='${version}')`;
      const uses = { refs: [{ packageName: null, name, version: String(version) }], sources: [] };
      const id = node?.uniqueId ?? null;
      const tested = { name: `${name}_v${version}`, reference, isSource: false, id, uses };
      return node === undefined ? [] : (own ?? tests).map((entry) => genericTest(state, entry, tested));
    });
  });
  const ofSources = [...properties.sources.values()].flatMap(({ sourceName, name, uniqueId, properties: { tests } }) =>
    tests.map((entry) =>
      genericTest(state, entry, {
        name: `${sourceName}_${name}`,
        reference: `source('${sourceName}', '${name}')`,
        isSource: true,
        id: uniqueId,
        uses: { refs: [], sources: [{ sourceName, name }] },
      }),
    ),
  );
  return [...ofNodes, ...ofSources];
}

/** What a generic test is written on. */
interface Tested {
  /** As it goes into the test's name. */
  readonly name: string;
  /** The Jinja that names it. */
  readonly reference: string;
  readonly isSource: boolean;
  readonly id: string | null;
  /** What `reference` refers to. */
  readonly uses: Pick<Findings, 'refs' | 'sources'>;
}

function genericTest(state: ParseState, entry: TestEntry, target: Tested): DraftNode {
  const { name: project, paths } = state.file;
  const test = readGenericTest(entry, target);
  const macroName = `test_${test.metadata.name}`;
  const { library } = state;
  const macro =
    test.metadata.namespace === null
      ? library.find(macroName, project)
      : library.findIn(test.metadata.namespace, macroName);
  if (!macro) {
    const known = library
      .names()
      .filter((name) => name.startsWith('test_'))
      .map((name) => name.slice(5));
    const hint = suggestion(test.metadata.name, known);
    throw new ProjectError(
      `there is no generic test "${entry.test}"${hint}${hint === '' ? ';' : ''} it would be a block {% test ${test.metadata.name}(model, …) %} in the macro folder`,
      entry.place,
    );
  }
  const file = entry.place.file.slice(state.files.prefix.length);
  const relative = pathBelow(file, [...paths.models, ...paths.seeds, ...paths.tests, ...paths.snapshots]) ?? file;
  const fqn = fqnOf(project, relative, test.fullName);
  const own = renderedConfig(state, test.config, entry.place.file);
  // What the test's own block configures is more general than what the entry does.
  const configOver = (inBlock: NodeConfig): NodeConfig =>
    storingConfig(layeredConfig(state, { kind: 'test', fqn, described: inBlock, inFile: own }));
  const base = configOver({});
  const draft: DraftNode = {
    uniqueId: `test.${project}.${test.fullName}.${testHash(test.fullName, test.metadata)}`,
    resourceType: 'test',
    name: test.fullName,
    originalFilePath: file,
    path: `${relative}/${test.shortName}.sql`,
    fqn,
    rawCode: `{{ ${test.metadata.namespace === null ? '' : `${test.metadata.namespace}.`}${macroName}(**_dbt_generic_test_kwargs) }}`,
    config: base,
    tags: [...new Set([...tagsOf(base), ...test.tags])],
    description: test.description,
    columns: [],
    findings: { refs: [], sources: [] },
    place: entry.place,
    test: test.metadata,
    columnName: entry.columnName,
    attachedTo: target.id,
    packageName: project,
  };
  const found =
    builtinFindings(state, draft, test, macro, target) ?? collect(state, draft, test, (scope) => scope.bind(macro));
  const config = configOver(found.config);
  const sources = found.sources.map(({ sourceName, name }) => [sourceName, name] as const);
  const tags = [...new Set([...tagsOf(config), ...test.tags])];
  return { ...draft, findings: found, config, tags, refs: found.refs, sources, macros: [...found.macros] };
}

/** `store_failures_as` decides over `store_failures`, as templates then read it. */
function storingConfig(config: NodeConfig): NodeConfig {
  const kind = config['store_failures_as'];
  if (kind === undefined || kind === null) return config;
  return { ...config, store_failures: kind === 'table' || kind === 'view' };
}

/** Macros that the builtin tests of a library call, by test. */
const macrosOfBuiltin = new WeakMap<MacroLibrary, Map<string, ReadonlySet<string>>>();

/** Arguments of tests that read nothing but what they are written on. */
const PLAIN_TESTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['unique', new Set(['column_name', 'model'])],
  ['not_null', new Set(['column_name', 'model'])],
]);

/** What rendering one of dbt's own tests finds, without rendering it again for each column; null where only rendering tells. */
function builtinFindings(
  state: ParseState,
  draft: DraftNode,
  test: GenericTest,
  macro: MacroEntry,
  { uses, name }: Tested,
): Findings | null {
  const { kwargs } = test.metadata;
  const plain = macro.packageName === BUILTIN_PACKAGE ? PLAIN_TESTS.get(test.metadata.name) : undefined;
  if (plain === undefined || !Object.keys(kwargs).every((key) => plain.has(key))) return null;
  if (typeof kwargs['column_name'] !== 'string' || !/^[\w ]+$/u.test(name)) return null;
  let known = macrosOfBuiltin.get(state.library);
  if (known === undefined) macrosOfBuiltin.set(state.library, (known = new Map<string, ReadonlySet<string>>()));
  const key = `${state.file.name} ${test.metadata.name}`;
  let macros = known.get(key);
  if (macros === undefined) {
    const found = collect(state, draft, test, (scope) => scope.bind(macro));
    known.set(key, (macros = found.macros));
  }
  const isOwn = [...macros].every((id) => id.startsWith(`macro.${BUILTIN_PACKAGE}.`));
  return isOwn ? { refs: [...uses.refs], sources: [...uses.sources], config: {}, macros: new Set(macros) } : null;
}

function collect(
  state: ParseState,
  draft: DraftNode,
  test: GenericTest,
  macroOf: (scope: NodeScope) => Value,
): Findings {
  const { scope, findings } = parseScope({
    ...baseContextOf(state),
    library: state.library,
    self: { database: state.target.database, schema: state.target.schema, identifier: draft.name },
    model: () => nodeValue(draft),
  });
  const keyword = testArguments(test.metadata, scope, draft.place.file, draft.place.line ?? 1);
  try {
    callValueSync(macroOf(scope), { positional: [], keyword });
  } catch (error) {
    throw placedError(error, draft.place);
  }
  return findings;
}

function renderedConfig(state: ParseState, config: NodeConfig, file: string): NodeConfig {
  if (!Object.values(config).some((value) => typeof value === 'string' && hasJinja(value))) return config;
  const { scope } = parseScope({
    ...baseContextOf(state),
    library: state.library,
    self: { database: state.target.database, schema: state.target.schema, identifier: '' },
    model: () => null,
  });
  const entries = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' && hasJinja(value) ? toHost(renderNative(value, scope, file)) : value,
  ]);
  return Object.fromEntries(entries) as NodeConfig;
}
