import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { md5 } from '../project/md5.ts';
import type { Target } from '../project/project.ts';
import { named, textOf } from './call-arguments.ts';
import { exceptionsValue } from './exceptions-value.ts';
import { DBT_VERSION } from './dbt-version.ts';
import { dateTimeValue } from './modules/datetime.ts';
import { modulesValue } from './modules/index.ts';
import { fn, type NameTable } from './node-scope.ts';
import {
  callValue,
  hostObject,
  jsonText,
  PyTuple,
  returnFunction,
  toHost,
  toPython,
  toText,
  type CallArguments,
  type Value,
} from './template-engine.ts';
import { findVariable, variableNames, type Variables } from './variables.ts';
import { fromYaml, toYaml } from './yaml-text.ts';

/** What one invocation of the runner tells all templates. */
export interface Invocation {
  readonly id: string;
  readonly startedAt: Date;
  /** The verb, as `flags.WHICH`. */
  readonly verb: string;
  readonly fullRefresh: boolean;
  readonly flags?: InvocationFlags;
  /** The wall clock. Default: the system's. */
  readonly now?: () => Date;
  /** Unique ids that the run chose, for `selected_resources`. */
  readonly selected?: readonly string[];
}

/** What the command line sets besides. */
export interface InvocationFlags {
  /** `--store-failures`. */
  readonly storeFailures?: boolean;
  /** `--empty`: refs and sources give no rows. */
  readonly empty?: boolean;
  readonly failFast?: boolean;
  /** `--event-time-start` and `--event-time-end`. */
  readonly eventTimeStart?: Date | null;
  readonly eventTimeEnd?: Date | null;
  /** The arguments of the command, for `invocation_args_dict`. */
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface BaseContext {
  readonly projectName: string;
  readonly packageName: string;
  readonly target: Target;
  readonly variables: Variables;
  readonly invocation: Invocation;
  /** Whether `env_var` gives secrets (`DBT_ENV_SECRET…`): only profiles.yml may read them. Default: false. */
  readonly allowsSecrets?: boolean;
  /** Whether a variable without a value is None, as for dbt while it parses models; else it is an error. Default: false. */
  readonly allowsMissing?: boolean;
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
    dbt_metadata_envs: () => toPython({}),
    invocation_args_dict: () => toPython({ ...invocation.flags?.args, which: invocation.verb }),
    selected_resources: () => toPython([...(invocation.selected ?? [])]),
    modules: () => modulesValue(invocation.now ?? (() => new Date())),
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
    exceptions: () => exceptionsValue(context.warn),
    tojson: () =>
      fn('tojson', (args) =>
        jsonText(args.positional[0] ?? null, { sortKeys: args.keyword.get('sort_keys') === true }),
      ),
    fromjson: () => fn('fromjson', (args) => parsed(args, (text) => JSON.parse(text) as unknown)),
    fromyaml: () => fn('fromyaml', (args) => parsed(args, fromYaml)),
    toyaml: () =>
      fn('toyaml', (args) => {
        const { value, default: byDefault, sort_keys: sorts } = named(args, ['value', 'default', 'sort_keys']);
        try {
          return toYaml(value ?? null, sorts === true);
        } catch {
          return byDefault ?? null;
        }
      }),
    set_strict: () =>
      fn('set_strict', ({ positional: [items] }) => new Set(toHost(items ?? null) as readonly unknown[])),
    zip_strict: () =>
      fn('zip_strict', ({ positional }) => zip(positional.map((list) => toHost(list) as Iterable<unknown>))),
    try_or_compiler_error: () =>
      fn('try_or_compiler_error', ({ positional: [message, call, ...rest], keyword }) => {
        const answer = callValue(call ?? null, { positional: rest, keyword });
        const failed = (): never => {
          throw new ModelRunnerError(textOf(message), 'terminal');
        };
        return answer instanceof Promise ? answer.catch(failed) : answer;
      }),
    diff_of_two_dicts: () =>
      fn('diff_of_two_dicts', ({ positional: [first, second] }) => {
        const [a, b] = [first, second].map(
          (dict) => toHost(dict ?? null) as Readonly<Record<string, readonly unknown[]>>,
        );
        const entries = Object.entries(a ?? {}).map(([key, list]) => {
          const other = Object.entries(b ?? {}).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? [];
          const known = new Set(other.map((item) => String(item).toLowerCase()));
          return [key, list.filter((item) => !known.has(String(item).toLowerCase()))] as const;
        });
        return Object.fromEntries(entries.filter(([, list]) => list.length > 0));
      }),
    set: () =>
      fn('set', (args) => {
        const { value, default: byDefault } = named(args, ['value', 'default']);
        const items = value === undefined ? [] : toHost(value);
        return isIterable(items) ? new Set(items) : (byDefault ?? null);
      }),
    zip: () =>
      fn('zip', ({ positional, keyword }) => {
        const lists = positional.map((list) => toHost(list));
        return lists.every(isIterable) ? zip(lists) : (keyword.get('default') ?? null);
      }),
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
      if (context.allowsMissing === true) return null;
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

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
  );
}

function zip(lists: readonly Iterable<unknown>[]): readonly PyTuple[] {
  const items = lists.map((list) => Array.from(list));
  const length = items.length === 0 ? 0 : Math.min(...items.map((list) => list.length));
  return Array.from({ length }, (_, index) => new PyTuple(items.map((list) => toPython(list[index]))));
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
  const { storeFailures = false, empty = false, failFast = false } = invocation.flags ?? {};
  const known: Readonly<Record<string, Value>> = {
    FULL_REFRESH: invocation.fullRefresh,
    STORE_FAILURES: storeFailures,
    WHICH: invocation.verb,
    EMPTY: empty,
    FAIL_FAST: failFast,
    INTROSPECT: true,
    PRINT: true,
    USE_COLORS: false,
  };
  // Every other flag of dbt's is off here.
  return hostObject({
    typeName: 'Flags',
    attributes: known,
    otherAttribute: (name) => (/^[A-Z_]+$/u.test(name) ? false : undefined),
    isTrue: () => true,
  });
}
