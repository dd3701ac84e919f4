import { ProjectError, type SourcePlace } from '../errors.ts';
import type { DispatchOrder } from '../project/project-file.ts';
import type { Definition, Template } from './template-engine.ts';

/** Name of the package of the builtin macros, as dbt calls it. */
export const BUILTIN_PACKAGE = 'dbt';

/** Those that the runner brings. */
const BUILTIN_MATERIALIZATIONS: ReadonlySet<string> = new Set([
  'view',
  'table',
  'incremental',
  'materialized_view',
  'snapshot',
  'seed',
  'test',
  'unit',
]);

/** `macro.<package>.<name>`, as dbt writes it. */
export function macroId({ packageName, name }: MacroEntry): string {
  return `macro.${packageName}.${name}`;
}

/** A macro (or generic test, under `test_<name>`) and the template that defines it. */
export interface MacroEntry {
  readonly name: string;
  readonly packageName: string;
  readonly template: Template;
  readonly definition: Definition;
  /** Below the folder of its package. */
  readonly file: string;
  readonly place: SourcePlace;
}

/** Every macro of a project and its packages, found as dbt finds them. */
export class MacroLibrary {
  readonly rootPackage: string;
  readonly #packages = new Map<string, Map<string, MacroEntry>>();
  readonly #dispatch: ReadonlyMap<string, readonly string[]>;

  /** @throws ProjectError when two macros of one package have the same name. */
  constructor(rootPackage: string, entries: Iterable<MacroEntry>, dispatch: readonly DispatchOrder[] = []) {
    this.rootPackage = rootPackage;
    this.#dispatch = new Map(dispatch.map(({ macroNamespace, searchOrder }) => [macroNamespace, searchOrder]));
    this.#packages.set(BUILTIN_PACKAGE, new Map());
    this.#packages.set(rootPackage, this.#packages.get(rootPackage) ?? new Map<string, MacroEntry>());
    for (const entry of entries) this.#add(entry);
  }

  get packageNames(): readonly string[] {
    return [...this.#packages.keys()];
  }

  /**
   * A macro by its bare name, in dbt's order: the package of the node for which it is rendered, the root project, then the builtin ones.
   *
   * @param writtenIn the package of the macro that calls it: dbt does not look there, here it comes last.
   */
  find(name: string, nodePackage: string, writtenIn = nodePackage): MacroEntry | undefined {
    return (
      this.findIn(nodePackage, name) ??
      this.findIn(this.rootPackage, name) ??
      this.findIn(BUILTIN_PACKAGE, name) ??
      this.findIn(writtenIn, name)
    );
  }

  findIn(packageName: string, name: string): MacroEntry | undefined {
    return this.#packages.get(packageName)?.get(name);
  }

  /** The macro that `adapter.dispatch(name, namespace)` calls: the engine's own before `default__`, overrides of the root project first. */
  dispatch(
    name: string,
    namespace: string | null,
    nodePackage: string,
    writtenIn = nodePackage,
  ): MacroEntry | undefined {
    const order = this.#searchOrder(namespace);
    if (order === null)
      return (
        this.find(`postgres__${name}`, nodePackage, writtenIn) ?? this.find(`default__${name}`, nodePackage, writtenIn)
      );
    for (const packageName of order) {
      for (const prefix of ['postgres__', 'default__']) {
        const found = this.findIn(packageName, `${prefix}${name}`);
        if (found) return found;
      }
    }
    return undefined;
  }

  /**
   * The materialization of a name: the project's own before a package's, one for PostgreSQL before one for any engine. Null where only
   * the runner's own has that name; a package's does not take the place of those.
   */
  materialization(name: string): MacroEntry | undefined {
    const isBuiltin = BUILTIN_MATERIALIZATIONS.has(name);
    const packages = isBuiltin ? [this.rootPackage] : [this.rootPackage, ...this.#packages.keys()];
    for (const adapter of ['postgres', 'default']) {
      for (const packageName of packages) {
        const found = this.findIn(packageName, `materialization_${name}_${adapter}`);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** Every macro of every package. */
  entries(): readonly MacroEntry[] {
    return [...this.#packages.values()].flatMap((macros) => [...macros.values()]);
  }

  /** Null where the namespace says nothing: the macro is looked for by its bare name. */
  #searchOrder(namespace: string | null): readonly string[] | null {
    if (namespace === null || !(this.#dispatch.has(namespace) || this.#packages.has(namespace))) return null;
    return this.#dispatch.get(namespace) ?? [...new Set([this.rootPackage, namespace])];
  }

  names(): readonly string[] {
    return [...this.#packages.values()].flatMap((macros) => [...macros.keys()]);
  }

  namesIn(packageName: string): readonly string[] {
    return [...(this.#packages.get(packageName)?.keys() ?? [])];
  }

  #add(entry: MacroEntry): void {
    let macros = this.#packages.get(entry.packageName);
    if (!macros) this.#packages.set(entry.packageName, (macros = new Map()));
    const other = macros.get(entry.name);
    if (other) {
      throw new ProjectError(
        `the macro "${entry.name}" is also defined in ${other.place.file}:${other.place.line ?? 1}; rename or remove one of them`,
        entry.place,
      );
    }
    macros.set(entry.name, entry);
  }
}
