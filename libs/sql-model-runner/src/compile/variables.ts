import { isRecord } from '../project/yaml-cursor.ts';

/** What `var()` and `env_var()` read. */
export interface Variables {
  /** Given for this run, e.g. with `--vars`; wins over the project's. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The `vars:` of dbt_project.yml. */
  readonly ofProject: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A variable as a package sees it, or undefined: those given, those of the package, those of the project. */
export function findVariable(
  variables: Variables,
  packageName: string,
  name: string,
): { readonly value: unknown } | undefined {
  const ofPackage = variables.ofProject[packageName];
  for (const level of [variables.given, isRecord(ofPackage) ? ofPackage : {}, variables.ofProject]) {
    if (Object.hasOwn(level, name)) return { value: level[name] };
  }
  return undefined;
}

export function variableNames(variables: Variables, packageName: string): readonly string[] {
  const ofPackage = variables.ofProject[packageName];
  return [
    ...Object.keys(variables.given),
    ...Object.keys(isRecord(ofPackage) ? ofPackage : {}),
    ...Object.keys(variables.ofProject),
  ];
}
