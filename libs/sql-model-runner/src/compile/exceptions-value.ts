import { ModelRunnerError } from '../errors.ts';
import { textOf } from './call-arguments.ts';
import { fn } from './node-scope.ts';
import { hostObject, type Value } from './template-engine.ts';

const RAISING = [
  'raise_compiler_error',
  'raise_database_error',
  'raise_not_implemented',
  'raise_dependency_error',
  'raise_parsing_error',
  'raise_fail_fast_error',
  'missing_config',
  'missing_materialization',
  'missing_relation',
  'raise_invalid_property_yml_version',
  'raise_contract_error',
  'column_type_missing',
] as const;

/** `exceptions` in templates. @param warn takes what `exceptions.warn` says. */
export function exceptionsValue(warn: (message: string) => void): Value {
  const raising = RAISING.map((name) => [
    name,
    fn(name, ({ positional }) => {
      throw new ModelRunnerError(positional.map(textOf).join(' '), 'terminal');
    }),
  ]);
  return hostObject({
    typeName: 'exceptions',
    attributes: {
      ...(Object.fromEntries(raising) as Readonly<Record<string, Value>>),
      relation_wrong_type: fn('relation_wrong_type', ({ positional: [relation, expected] }) => {
        throw new ModelRunnerError(`${textOf(relation)} is no ${textOf(expected)}`, 'terminal');
      }),
      warn: fn('warn', ({ positional: [message] }) => {
        warn(textOf(message));
        return '';
      }),
      warn_snapshot_timestamp_data_types: fn('warn_snapshot_timestamp_data_types', () => ''),
    },
  });
}
