import { isRecord } from '../project/yaml-cursor.ts';

/** What `var()` and `env_var()` read. */
export interface Variables {
  /** Given for this run, e.g. with `--vars`; wins over the project's. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The `vars:` of dbt_project.yml. */
  readonly ofProject: Readonly<Record<string, unknown>>;
  /** The `vars:` of the packages, by their names. Default: none. */
  readonly ofPackages?: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A variable as a package sees it, or undefined: those given, then those of the project, then the package's own. */
export function findVariable(
  variables: Variables,
  packageName: string,
  name: string,
): { readonly value: unknown } | undefined {
  for (const level of levelsOf(variables, packageName)) {
    if (Object.hasOwn(level, name)) return { value: level[name] };
  }
  return undefined;
}

export function variableNames(variables: Variables, packageName: string): readonly string[] {
  return levelsOf(variables, packageName).flatMap((level) => Object.keys(level));
}

function levelsOf(variables: Variables, packageName: string): readonly Readonly<Record<string, unknown>>[] {
  const own = variables.ofPackages?.get(packageName) ?? {};
  const scoped = (level: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
    isRecord(level[packageName]) ? level[packageName] : {};
  return [variables.given, scoped(variables.ofProject), variables.ofProject, scoped(own), own];
}
