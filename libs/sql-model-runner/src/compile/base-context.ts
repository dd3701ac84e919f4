import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { md5 } from '../project/md5.ts';
import type { Target } from '../project/project.ts';
import { parseYaml } from '../project/yaml-cursor.ts';
import { named, textOf } from './call-arguments.ts';
import { dateTimeValue } from './date-value.ts';
import { fn, type NameTable } from './node-scope.ts';
import {
  hostObject,
  jsonText,
  returnFunction,
  toHost,
  toPython,
  toText,
  type CallArguments,
  type Value,
} from './template-engine.ts';
import { findVariable, variableNames, type Variables } from './variables.ts';

/** Version of dbt whose behaviour the templates may count on. */
export const DBT_VERSION = '1.11.0';

/** What one invocation of the runner tells all templates. */
export interface Invocation {
  readonly id: string;
  readonly startedAt: Date;
  /** The verb, as `flags.WHICH`. */
  readonly verb: string;
  readonly fullRefresh: boolean;
}

export interface BaseContext {
  readonly projectName: string;
  readonly packageName: string;
  readonly target: Target;
  readonly variables: Variables;
  readonly invocation: Invocation;
  /** Whether `env_var` gives secrets (`DBT_ENV_SECRET…`): only profiles.yml may read them. Default: false. */
  readonly allowsSecrets?: boolean;
  readonly log: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** The names that need no node: also what YAML files may use. */
export function baseNames(context: BaseContext): NameTable {
  const { projectName, target, invocation } = context;
  return {
    ...functionNames(context),
    project_name: () => projectName,
    target: () => targetValue(target),
    dbt_version: () => DBT_VERSION,
    invocation_id: () => invocation.id,
    run_started_at: () => dateTimeValue(invocation.startedAt),
    thread_id: () => 'Thread-1',
    flags: () => flagsValue(invocation),
    return: () => returnFunction,
  };
}

function functionNames(context: BaseContext): NameTable {
  return {
    var: () => varValue(context),
    env_var: () => fn('env_var', (args) => environmentVariable(context, args)),
    log: () => fn('log', (args) => logMessage(context, args)),
    print: () => fn('print', ({ positional }) => said(context, positional.map(toText).join(' '))),
    exceptions: () => exceptionsValue(context),
    tojson: () =>
      fn('tojson', (args) =>
        jsonText(args.positional[0] ?? null, { sortKeys: args.keyword.get('sort_keys') === true }),
      ),
    fromjson: () => fn('fromjson', (args) => parsed(args, (text) => JSON.parse(text) as unknown)),
    fromyaml: () =>
      fn('fromyaml', (args) => parsed(args, (text) => parseYaml('the text given to fromyaml()', text).value)),
    set: () =>
      fn('set', ({ positional: [items] }) => new Set(items === undefined ? [] : (toHost(items) as readonly unknown[]))),
    zip: () => fn('zip', ({ positional }) => zip(positional.map((list) => toHost(list) as readonly unknown[]))),
    local_md5: () => fn('local_md5', ({ positional: [text] }) => md5(textOf(text))),
  };
}

/** As in dbt. */
const SECRET_PREFIX = 'DBT_ENV_SECRET';

function varValue(context: BaseContext): Value {
  const { variables, packageName } = context;
  return hostObject({
    typeName: 'Var',
    call(args) {
      const { name, default: byDefault } = named(args, ['name', 'default']);
      const found = findVariable(variables, packageName, textOf(name));
      if (found) return toPython(found.value);
      if (byDefault !== undefined) return byDefault;
      throw missingVariable(textOf(name), variableNames(variables, packageName));
    },
    attributes: {
      has_var: fn(
        'has_var',
        ({ positional: [name] }) => findVariable(variables, packageName, textOf(name)) !== undefined,
      ),
    },
  });
}

function missingVariable(name: string, known: readonly string[]): ModelRunnerError {
  const hint = suggestion(name, known);
  return new ModelRunnerError(
    `the variable "${name}" has no value${hint}${hint === '' ? ';' : ''} set it under "vars" in dbt_project.yml or with --vars '{${name}: …}', or give var() a default`,
    'terminal',
  );
}

function environmentVariable({ variables, allowsSecrets }: BaseContext, args: CallArguments): Value {
  const { name, default: byDefault } = named(args, ['name', 'default']);
  const key = textOf(name);
  if (key.startsWith(SECRET_PREFIX) && allowsSecrets !== true) {
    throw new ModelRunnerError(
      `the environment variable "${key}" is a secret by its name: only profiles.yml may read it, because compiled SQL is written to files`,
      'terminal',
    );
  }
  const value = Object.hasOwn(variables.environment, key) ? variables.environment[key] : undefined;
  if (value !== undefined) return value;
  if (byDefault !== undefined && byDefault !== null) return byDefault;
  throw new ModelRunnerError(
    `the environment variable "${key}" is not set; set it, or give env_var() a default`,
    'terminal',
  );
}

function logMessage(context: BaseContext, args: CallArguments): string {
  const { msg, info } = named(args, ['msg', 'info']);
  return info === true ? said(context, textOf(msg)) : '';
}

function said(context: BaseContext, message: string): string {
  context.log(message);
  return '';
}

function parsed(args: CallArguments, parse: (text: string) => unknown): Value {
  const { value, default: byDefault } = named(args, ['value', 'default']);
  try {
    return toPython(parse(textOf(value)));
  } catch {
    return byDefault ?? null;
  }
}

function zip(lists: readonly (readonly unknown[])[]): readonly unknown[] {
  const length = lists.length === 0 ? 0 : Math.min(...lists.map((list) => list.length));
  return Array.from({ length }, (_, index) => lists.map((list) => list[index]));
}

function targetValue(target: Target): Value {
  const { name, profileName, type, schema, database, threads, host, port, user, role } = target;
  const shown = {
    name,
    target_name: name,
    profile_name: profileName,
    type,
    schema,
    database,
    dbname: database,
    threads,
    host,
    port,
    user,
    role,
  };
  return toPython(shown);
}

function flagsValue(invocation: Invocation): Value {
  return toPython({
    FULL_REFRESH: invocation.fullRefresh,
    STORE_FAILURES: false,
    WHICH: invocation.verb,
    EMPTY: false,
  });
}

function exceptionsValue(context: BaseContext): Value {
  const raiseError = fn('raise_compiler_error', ({ positional: [message] }) => {
    throw new ModelRunnerError(textOf(message), 'terminal');
  });
  return hostObject({
    typeName: 'exceptions',
    attributes: {
      raise_compiler_error: raiseError,
      raise_database_error: raiseError,
      raise_not_implemented: raiseError,
      raise_dependency_error: raiseError,
      warn: fn('warn', ({ positional: [message] }) => {
        context.warn(textOf(message));
        return '';
      }),
    },
  });
}
