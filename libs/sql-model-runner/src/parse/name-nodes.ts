import { BUILTIN_PACKAGE, type MacroEntry } from '../compile/macro-library.ts';
import type { NodeScope } from '../compile/node-scope.ts';
import { nodeValue } from '../compile/node-value.ts';
import { parseScope } from '../compile/parse-context.ts';
import { placedError } from '../compile/placed-error.ts';
import { callValueSync, toText, type Value } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import type { RelationName } from '../project/project.ts';
import { baseContextOf, type DraftNode, type ParseState } from './parse-state.ts';

/** Schema that dbt keeps failing rows of tests in, unless asked otherwise. */
const TEST_SCHEMA = 'dbt_test__audit';

/** The relation of a node, by the macros that a project may override. */
export function nameNode(state: ParseState, draft: DraftNode): RelationName {
  let rendering: ReturnType<typeof renderingOf> | undefined;
  const call = (macro: NamingMacro, custom: unknown): string => {
    const entry = state.library.find(macro, state.file.name);
    if (!entry) throw new ProjectError(`the macro "${macro}" is missing`, draft.place);
    const argument = typeof custom === 'string' && custom !== '' ? custom : null;
    if (isBuiltin(state, macro)) {
      const known = builtinName(state, draft, macro, argument);
      if (known !== null) return known;
    }
    const { scope, node } = (rendering ??= renderingOf(state, draft));
    const name = nameBy(entry, scope, [argument, node]);
    if (name === '')
      throw new ProjectError(
        `the macro "${macro}" gives "${draft.name}" an empty name; expected it to return a name`,
        draft.place,
      );
    return name;
  };
  const { config, resourceType } = draft;
  // A snapshot's older keys name its place as it is, past the macros.
  const target = (key: string): string | null =>
    resourceType === 'snapshot' && typeof config[key] === 'string' ? config[key] : null;
  const schema = config['schema'] ?? (resourceType === 'test' ? TEST_SCHEMA : undefined);
  return {
    database: target('target_database') ?? call('generate_database_name', config['database']),
    schema: target('target_schema') ?? call('generate_schema_name', schema),
    identifier: call('generate_alias_name', config['alias']),
  };
}

function nameBy(entry: MacroEntry, scope: NodeScope, positional: readonly Value[]): string {
  try {
    return toText(callValueSync(scope.bind(entry), { positional: [...positional], keyword: new Map() })).trim();
  } catch (error) {
    throw placedError(error, entry.place);
  }
}

type NamingMacro = 'generate_database_name' | 'generate_schema_name' | 'generate_alias_name';

function renderingOf(
  state: ParseState,
  draft: DraftNode,
): { readonly scope: ReturnType<typeof parseScope>['scope']; readonly node: Value } {
  const node = nodeValue(draft);
  const { scope } = parseScope({
    ...baseContextOf(state),
    library: state.library,
    self: { database: state.target.database, schema: state.target.schema, identifier: draft.name },
    model: () => node,
  });
  return { scope, node };
}

/** Whether neither the macro nor what it dispatches to is the project's own. */
function isBuiltin({ library, file }: ParseState, macro: NamingMacro): boolean {
  return (
    library.find(macro, file.name)?.packageName === BUILTIN_PACKAGE &&
    library.dispatch(macro, BUILTIN_PACKAGE, file.name, BUILTIN_PACKAGE)?.packageName === BUILTIN_PACKAGE
  );
}

/** What the builtin macro answers, without rendering it; null where only rendering tells. */
function builtinName(
  { target }: ParseState,
  draft: DraftNode,
  macro: NamingMacro,
  custom: string | null,
): string | null {
  if (custom !== null && !/^[\w.$-]+$/u.test(custom)) return null;
  const names: Readonly<Record<NamingMacro, string | null>> = {
    generate_database_name: custom ?? target.database,
    generate_schema_name: custom === null ? target.schema : `${target.schema}_${custom}`,
    generate_alias_name: custom ?? (draft.version === null || draft.version === undefined ? draft.name : null),
  };
  const name = names[macro];
  return name === null || name.trim() !== name || name === '' ? null : name;
}
