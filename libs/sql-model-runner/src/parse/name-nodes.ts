import { nodeValue } from '../compile/node-value.ts';
import { parseScope } from '../compile/parse-context.ts';
import { callValueSync, toText, type Value } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import type { RelationName } from '../project/project.ts';
import { baseContextOf, type DraftNode, type ParseState } from './parse-state.ts';

/** Schema that dbt keeps failing rows of tests in, unless asked otherwise. */
const TEST_SCHEMA = 'dbt_test__audit';

/** The relation of a node, by the macros that a project may override. */
export function nameNode(state: ParseState, draft: DraftNode): RelationName {
  const { scope } = parseScope({
    ...baseContextOf(state),
    library: state.library,
    self: { database: state.target.database, schema: state.target.schema, identifier: draft.name },
    model: () => node,
  });
  const node = nodeValue(draft);
  const call = (macro: string, custom: unknown): string => {
    const entry = state.library.find(macro, state.file.name);
    if (!entry) throw new ProjectError(`the macro "${macro}" is missing`, draft.place);
    const argument: Value = typeof custom === 'string' && custom !== '' ? custom : null;
    const name = toText(callValueSync(scope.bind(entry), { positional: [argument, node], keyword: new Map() })).trim();
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
