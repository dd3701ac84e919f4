import { ProjectError, type SourcePlace } from '../errors.ts';
import type { DispatchOrder } from '../project/project-file.ts';
import type { Definition, Template } from './template-engine.ts';

/** Name of the package of the builtin macros, as dbt calls it. */
export const BUILTIN_PACKAGE = 'dbt';

/** A macro (or generic test, under `test_<name>`) and the template that defines it. */
export interface MacroEntry {
  readonly name: string;
  readonly packageName: string;
  readonly template: Template;
  readonly definition: Definition;
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

  /** A macro by its bare name: the package in which it is used, the root project, then the builtin ones. */
  find(name: string, usedIn: string): MacroEntry | undefined {
    return this.findIn(usedIn, name) ?? this.findIn(this.rootPackage, name) ?? this.findIn(BUILTIN_PACKAGE, name);
  }

  findIn(packageName: string, name: string): MacroEntry | undefined {
    return this.#packages.get(packageName)?.get(name);
  }

  /** The macro that `adapter.dispatch(name, namespace)` calls: the engine's own before `default__`, overrides of the root project first. */
  dispatch(name: string, namespace: string | null, usedIn: string): MacroEntry | undefined {
    const order = this.searchOrder(namespace, usedIn);
    for (const packageName of order) {
      for (const prefix of ['postgres__', 'default__']) {
        const found = this.findIn(packageName, `${prefix}${name}`);
        if (found) return found;
      }
    }
    return undefined;
  }

  searchOrder(namespace: string | null, usedIn: string): readonly string[] {
    if (namespace === null) return [...new Set([usedIn, this.rootPackage, BUILTIN_PACKAGE])];
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
